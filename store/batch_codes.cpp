#include "store/batch_codes.hpp"

#include <cmath>
#include <limits>

namespace tidegate::store::batch {

namespace {

// The limits that can be set: 16 to a power of two, each just above one of the places.
constexpr std::size_t places = 1024;

std::size_t place_of(std::uint64_t value)
{
    const auto length = static_cast<std::size_t>(std::bit_width(value));
    const auto shift = length > 5 ? length - 5 : 0;
    return shift * 16 + static_cast<std::size_t>(value >> shift);
}

std::uint64_t limit_of(std::size_t place)
{
    const auto shift = place < 32 ? 0 : place / 16 - 1;
    if (shift >= 58) return std::uint64_t{1} << 63U;
    return static_cast<std::uint64_t>(place - shift * 16 + 1) << shift;
}

}  // namespace

LengthCode::LengthCode(const Lengths& lengths)
{
    std::size_t first = 0;
    std::size_t last = Lengths::size - 1;
    while (first < last && lengths[first] == 0) ++first;
    while (first < last && lengths[last] == 0) --last;
    auto least = std::numeric_limits<std::uint64_t>::max();
    for (std::uint64_t usual = first; usual <= std::min<std::uint64_t>(last, 63); ++usual)
        for (unsigned spread = 0; spread < 4; ++spread) {
            std::uint64_t bits = 0;
            for (auto length = first; length <= last; ++length)
                bits += lengths[length] * ((difference(length, usual) >> spread) + spread + 1);
            if (bits >= least) continue;
            least = bits;
            usual_ = usual;
            spread_ = spread;
        }
}

BoundedCode::BoundedCode(std::span<const std::uint64_t> values)
{
    std::array<std::uint32_t, places> counts{};
    std::uint64_t outside = 0;  // bits of what is not below the limit
    for (const auto value : values) {
        ++counts[place_of(value)];
        outside += 6 + static_cast<std::uint64_t>(std::bit_width(value));
    }
    std::size_t best = 0;
    auto least = std::numeric_limits<double>::max();
    for (std::size_t place = 0; place < places; ++place) {
        if (counts[place] == 0) continue;
        const auto limit = limit_of(place);
        outside -= counts[place] * (6 + static_cast<std::uint64_t>(std::bit_width(limit - 1)));
        const auto bits = static_cast<double>(values.size()) * std::log2(static_cast<double>(limit)) +
                          static_cast<double>(outside);
        if (bits >= least) continue;
        least = bits;
        best = place;
    }
    set(best);
}

void BoundedCode::set(std::size_t place)
{
    place_ = place;
    limit_ = limit_of(place);
    width_ = static_cast<unsigned>(std::bit_width(limit_ + 1)) - 1;
    short_ones_ = (std::uint64_t{2} << width_) - (limit_ + 1);
}

void put_codes(const Codes& codes, BitWriter& out)
{
    out.put(codes.mixed ? 1 : 0, 1);
    out.put(codes.flagged ? 1 : 0, 1);
    for (const auto* code : {&codes.gap, &codes.singles, &codes.more}) code->put_setting(out);
    codes.first_time.put_setting(out);
    codes.second_time.put_setting(out);
    out.put(codes.further_time, 6);
    out.put(codes.by_rank.size(), 4);
    for (const auto value_class : codes.by_rank) {
        out.put(value_class, 4);
        if (!is_number(value_class)) continue;
        codes.first_number[value_class].put_setting(out);
        out.put(codes.further_number[value_class], 6);
    }
}

std::optional<Codes> get_codes(BitReader& in)
{
    Codes codes;
    codes.mixed = in.get(1) != 0;
    codes.flagged = in.get(1) != 0;
    for (auto* code : {&codes.gap, &codes.singles, &codes.more}) *code = RiceCode(in);
    codes.first_time = BoundedCode(in);
    codes.second_time = LengthCode(in);
    codes.further_time = static_cast<unsigned>(in.get(6));
    codes.by_rank.resize(static_cast<std::size_t>(in.get(4)));
    if (codes.by_rank.empty()) return std::nullopt;
    for (auto& value_class : codes.by_rank) {
        value_class = static_cast<std::uint8_t>(in.get(4));
        if (value_class >= classes) return std::nullopt;
        if (!is_number(value_class)) continue;
        codes.first_number[value_class] = LengthCode(in);
        codes.further_number[value_class] = static_cast<unsigned>(in.get(6));
    }
    return codes;
}

}  // namespace tidegate::store::batch
