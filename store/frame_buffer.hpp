#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::store {

// SQLite writes a WAL in two pieces a page, which for a commit of 1,000 readings are 14 calls of the kernel.
// Here the frames of a transaction are gathered until the one that commits it, whose write writes them all:
// an error is that write's, and SQLite asks for all of them in the same breath. Only frames that follow what
// was written before are gathered: whatever else is written or read, they are written first.
// https://sqlite.org/fileformat2.html#the_write_ahead_log
class FrameBuffer {
public:
    // False: it is not gathered. What is gathered is to be written, and then this.
    bool take(std::string_view piece, std::int64_t offset);

    bool is_due() const;  // to be written now
    bool empty() const { return bytes_.empty(); }
    std::string_view bytes() const { return bytes_; }
    std::int64_t offset() const { return end_ - static_cast<std::int64_t>(bytes_.size()); }

    // Nothing is gathered any more; the last write ended there. -1: that is not known.
    void start_after(std::int64_t end);

private:
    std::string bytes_;
    std::int64_t end_ = -1;
    bool in_frame_ = false;  // the page of the last head is to come
    bool commits_ = false;   // the last head is of the frame that commits
};

}  // namespace tidegate::store
