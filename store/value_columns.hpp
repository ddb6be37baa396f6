#pragma once

#include "store/database.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <optional>

namespace tidegate::store {

// A value in three columns that stand beside each other: kind (0 boolean, 1 integer, 2 double by its bits, 3
// text), number, text. `value` must live until the statement is reset.
void bind_value(Statement& row, int first, const Value& value);

// None: in a file that is damaged.
std::optional<Value> value_at(const Statement& row, int first);

}  // namespace tidegate::store
