#include "store/xor_code.hpp"

#include <algorithm>
#include <bit>

namespace tidegate::store {

void XorCode::put(double value, BitWriter& out)
{
    constexpr unsigned new_window = 12;  // bits; one that is much too wide costs more than that
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const auto change = bits ^ before_;
    before_ = bits;
    out.put(change == 0 ? 0 : 1, 1);
    if (change == 0) return;
    const auto leading = static_cast<unsigned>(std::countl_zero(change));
    const auto trailing = static_cast<unsigned>(std::countr_zero(change));
    const bool fits = leading >= leading_ && trailing >= trailing_ &&
                      leading + trailing <= leading_ + trailing_ + new_window;
    out.put(fits ? 0 : 1, 1);
    if (!fits) {
        leading_ = leading;
        trailing_ = trailing;
        out.put(leading_, 6);
        out.put(trailing_, 6);
    }
    out.put(change >> trailing_, 64 - leading_ - trailing_);
}

double XorCode::get(BitReader& in)
{
    if (in.get(1) != 0) {
        if (in.get(1) != 0) {
            leading_ = static_cast<unsigned>(in.get(6));
            trailing_ = std::min(static_cast<unsigned>(in.get(6)), 63 - leading_);
        }
        before_ ^= in.get(64 - leading_ - trailing_) << trailing_;
    }
    return std::bit_cast<double>(before_);
}

}  // namespace tidegate::store
