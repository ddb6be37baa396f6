#pragma once

#include "store/reading.hpp"

#include <vector>

namespace tidegate::store {

// Arrival order is kept within the same time.
void sort_by_time(std::vector<Point>& points);

// Sorts by time, arrival order kept within the same time, and takes repeats out: a reading that is there
// twice with the same time and the same value (a redelivery) is one reading; different values of the same
// time are all kept.
void sort_without_repeats(std::vector<Point>& points);

}  // namespace tidegate::store
