#pragma once

#include "store/gap.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tidegate::store {

// One stretch of what an upstream does not get, with what a gap of history says of it.
struct Stretch {
    std::uint64_t first, last;
    const Gap* source;    // nullptr: nothing is known
    const GapPart* part;  // of it
};

// The readings first to last, in stretches that each have one story: by rising seq, without holes. They point
// into `history`.
std::vector<Stretch> stretches(const std::vector<Gap>& history, std::uint64_t first, std::uint64_t last);

// A stretch as gaps of so few series each that a delivery can carry them.
std::vector<Gap> gaps_of(const Stretch& stretch, const std::string& upstream);

// Of the first of these readings, which an upstream will never take, as many as one delivery can tell of; a
// part for each run of one series. Their seqs follow one another.
Gap refused_gap(std::span<const Record> records, const std::string& upstream);

}  // namespace tidegate::store
