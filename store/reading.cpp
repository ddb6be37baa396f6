#include "store/reading.hpp"

#include <bit>
#include <limits>

namespace tidegate::store {

bool Point::operator==(const Point& other) const
{
    if (time_ms != other.time_ms || flags != other.flags || value.index() != other.value.index())
        return false;
    const auto* number = std::get_if<double>(&value);
    if (number == nullptr) return value == other.value;
    return std::bit_cast<std::uint64_t>(*number) ==
           std::bit_cast<std::uint64_t>(std::get<double>(other.value));
}

double as_number(const Value& value)
{
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
    if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? 1 : 0;
    return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace tidegate::store
