#include "store/value_columns.hpp"

#include <bit>
#include <string_view>

namespace tidegate::store {

namespace {

struct Columns {
    std::int64_t number = 0;
    std::string_view text = "";  // never null, which would be NULL
};

Columns columns_of(const Value& value)
{
    if (const auto* flag = std::get_if<bool>(&value)) return {*flag ? 1 : 0};
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return {*integer};
    if (const auto* number = std::get_if<double>(&value)) return {std::bit_cast<std::int64_t>(*number)};
    return {0, std::get<std::string>(value)};
}

}  // namespace

void bind_value(Statement& row, int first, const Value& value)
{
    const auto [number, text] = columns_of(value);
    row.bind(first, static_cast<std::int64_t>(value.index()));
    row.bind(first + 1, number);
    row.bind_blob(first + 2, text);
}

std::optional<Value> value_at(const Statement& row, int first)
{
    const auto number = row.integer(first + 1);
    switch (row.integer(first)) {
    case 0: return number != 0;
    case 1: return number;
    case 2: return std::bit_cast<double>(number);
    case 3: return std::string(row.blob(first + 2));
    default: return std::nullopt;
    }
}

}  // namespace tidegate::store
