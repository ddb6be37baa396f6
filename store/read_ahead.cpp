#include "store/read_ahead.hpp"

namespace tidegate::store {

std::string_view ReadAhead::at(std::int64_t offset, std::int64_t count) const
{
    const auto from = offset - offset_;
    if (from < 0 || from + count > static_cast<std::int64_t>(bytes_.size())) return {};
    return std::string_view(bytes_).substr(static_cast<std::size_t>(from), static_cast<std::size_t>(count));
}

bool ReadAhead::is_worth_it(std::int64_t offset, std::int64_t count)
{
    const bool forward = asked_to_ >= 0 && offset >= asked_to_ && offset - asked_to_ < window_bytes;
    asked_to_ = offset + count;
    return forward && count < window_bytes / 4 && at(offset, count).empty();
}

std::string& ReadAhead::window(std::int64_t offset, std::size_t count)
{
    offset_ = offset;
    bytes_.resize(count);
    return bytes_;
}

void ReadAhead::drop()
{
    *this = ReadAhead();
}

}  // namespace tidegate::store
