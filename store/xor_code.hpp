#pragma once

#include "store/bits.hpp"

#include <cstdint>

namespace tidegate::store {

// Doubles that are no decimals: the bits that differ from the one before, in the same window of bits as
// before where that fits.
class XorCode {
public:
    void put(double value, BitWriter& out);
    double get(BitReader& in);

private:
    std::uint64_t before_ = 0;
    unsigned leading_ = 64;  // no window yet: nothing fits
    unsigned trailing_ = 0;
};

}  // namespace tidegate::store
