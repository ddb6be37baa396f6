#include "store/frame_buffer.hpp"

namespace tidegate::store {

namespace {

constexpr std::size_t head_bytes = 24;
constexpr std::size_t most_bytes = 64UL * 1024;  // SQLite's VFS writes less than 128 KiB at a time

// The second number of a head: pages in the file after the commit, 0 in other frames.
bool is_of_a_commit(std::string_view head)
{
    return head.substr(4, 4) != std::string_view("\0\0\0\0", 4);
}

}  // namespace

bool FrameBuffer::take(std::string_view piece, std::int64_t offset)
{
    const bool is_head = piece.size() == head_bytes && !in_frame_;
    if (offset != end_ || (!is_head && !in_frame_)) return false;
    if (is_head) commits_ = is_of_a_commit(piece);
    in_frame_ = is_head;
    bytes_ += piece;
    end_ += static_cast<std::int64_t>(piece.size());
    return true;
}

bool FrameBuffer::is_due() const
{
    return !in_frame_ && (commits_ || bytes_.size() >= most_bytes);
}

void FrameBuffer::start_after(std::int64_t end)
{
    bytes_.clear();
    end_ = end;
    in_frame_ = commits_ = false;
}

}  // namespace tidegate::store
