#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::store {

// SQLite reads a file page by page: with pages of 512 bytes, which keep a commit small, a pass through the
// log is ten thousands of calls of the kernel. Here one call reads what the next ones will ask for, as long
// as they go forward. Only while nobody writes to the file: what is read ahead is not looked at again.
class ReadAhead {
public:
    static constexpr std::int64_t window_bytes = 64LL * 1024;

    // The bytes at `offset`, where all `count` of them are at hand; else empty.
    std::string_view at(std::int64_t offset, std::int64_t count) const;

    // To be asked before each read, in order: whether a window is to be read from `offset` on. It is where
    // reading goes forward by small steps and these bytes are not at hand.
    bool is_worth_it(std::int64_t offset, std::int64_t count);

    // What is at hand from now on: `count` bytes from `offset` on, to be filled.
    std::string& window(std::int64_t offset, std::size_t count);
    void drop();

private:
    std::string bytes_;
    std::int64_t offset_ = 0;     // of bytes_
    std::int64_t asked_to_ = -1;  // where the last read ended
};

}  // namespace tidegate::store
