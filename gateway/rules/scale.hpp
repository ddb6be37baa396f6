#pragma once

#include "gateway/decode/description.hpp"
#include "store/reading.hpp"

namespace tidegate::gateway {

// A number becomes factor * value + offset; a boolean and a text stay. A whole number stays one where all of
// it is whole and fits. What is beyond all numbers (an overflow) stays as it was.
void scale(const Scaling& scaling, store::Value& value);

}  // namespace tidegate::gateway
