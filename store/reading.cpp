#include "store/reading.hpp"

#include <limits>

namespace tidegate::store {

double as_number(const Value& value)
{
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
    if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? 1 : 0;
    return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace tidegate::store
