#include "store/points_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <unordered_map>

namespace tidegate::store {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t not_decimal = 255;
constexpr std::array<double, 10> powers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

enum Kind : std::uint8_t { boolean = 0, integer = 1, number = 2, text = 3 };  // the index in Value

std::uint64_t bits(double value)
{
    return std::bit_cast<std::uint64_t>(value);
}

// A column that hardly changes: runs of (value, length).
template <class Get>
void encode_runs(std::span<const Point> points, Get get, ByteWriter& out)
{
    for (std::size_t i = 0; i < points.size();) {
        const auto value = get(points[i]);
        auto end = i + 1;
        while (end < points.size() && get(points[end]) == value) ++end;
        out.byte(value);
        out.varint(end - i);
        i = end;
    }
}

template <class Set>
bool decode_runs(std::size_t count, Set set, ByteReader& in)
{
    for (std::size_t i = 0; i < count;) {
        const auto value = in.byte();
        const auto length = in.varint();
        if (in.failed() || length == 0 || length > count - i) return false;
        for (const auto end = i + length; i < end; ++i) set(i, value);
    }
    return true;
}

// Differences wrap around, so that all 64 bits are in reach.
void encode_deltas(std::span<const std::int64_t> values, ByteWriter& out)
{
    std::uint64_t before = 0;
    for (const auto value : values) {
        const auto now = static_cast<std::uint64_t>(value);
        out.signed_varint(static_cast<std::int64_t>(now - before));
        before = now;
    }
}

std::vector<std::int64_t> decode_deltas(std::size_t count, ByteReader& in)
{
    std::vector<std::int64_t> values(std::min(count, in.left()));
    std::uint64_t now = 0;
    for (auto& value : values) {
        now += static_cast<std::uint64_t>(in.signed_varint());
        value = static_cast<std::int64_t>(now);
    }
    return values;
}

void encode_times(std::span<const Point> points, std::int64_t base_ms, ByteWriter& out)
{
    auto before = static_cast<std::uint64_t>(base_ms);
    std::uint64_t step = 0;
    for (const auto& point : points) {
        const auto now = static_cast<std::uint64_t>(point.time_ms);
        out.signed_varint(static_cast<std::int64_t>(now - before - step));
        step = &point == points.data() ? 0 : now - before;
        before = now;
    }
}

void decode_times(std::span<Point> points, std::int64_t base_ms, ByteReader& in)
{
    auto now = static_cast<std::uint64_t>(base_ms);
    std::uint64_t step = 0;
    for (auto& point : points) {
        const auto change = step + static_cast<std::uint64_t>(in.signed_varint());
        now += change;
        step = &point == points.data() ? 0 : change;
        point.time_ms = static_cast<std::int64_t>(now);
    }
}

// value * 10^decimals as an integer, when that gives the very same double back.
std::optional<std::int64_t> scaled(double value, std::size_t decimals)
{
    constexpr double exact = 9007199254740992.0;  // 2^53
    const auto rounded = std::nearbyint(value * powers[decimals]);
    if (!(std::abs(rounded) < exact)) return std::nullopt;
    const auto integer = static_cast<std::int64_t>(rounded);
    // Compared as it will be decoded: an integer has no -0.
    if (bits(static_cast<double>(integer) / powers[decimals]) != bits(value)) return std::nullopt;
    return integer;
}

// The fewest decimals that hold all values; not_decimal when none does.
std::uint8_t decimals_of(std::span<const double> values)
{
    std::size_t decimals = 0;
    for (const auto value : values) {
        while (decimals < powers.size() && !scaled(value, decimals)) ++decimals;
        if (decimals == powers.size()) return not_decimal;
    }
    const bool all =
        std::all_of(values.begin(), values.end(), [&](double v) { return scaled(v, decimals).has_value(); });
    return all ? static_cast<std::uint8_t>(decimals) : not_decimal;
}

void encode_numbers(std::span<const double> values, ByteWriter& out)
{
    const auto decimals = decimals_of(values);
    out.byte(decimals);
    if (decimals != not_decimal) {
        std::vector<std::int64_t> integers;
        integers.reserve(values.size());
        for (const auto value : values) integers.push_back(*scaled(value, decimals));
        encode_deltas(integers, out);
        return;
    }
    std::uint64_t before = 0;
    for (const auto value : values) {
        // What neighbours share is at the front of a double; swapped to the back it makes a short varint.
        out.varint(__builtin_bswap64(bits(value) ^ before));
        before = bits(value);
    }
}

bool decode_numbers(std::span<double> values, ByteReader& in)
{
    const auto decimals = in.byte();
    if (decimals != not_decimal) {
        if (decimals >= powers.size()) return false;
        const auto integers = decode_deltas(values.size(), in);
        if (integers.size() != values.size()) return false;
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<double>(integers[i]) / powers[decimals];
        return true;
    }
    std::uint64_t before = 0;
    for (auto& value : values) {
        before ^= __builtin_bswap64(in.varint());
        value = std::bit_cast<double>(before);
    }
    return true;
}

void encode_booleans(std::span<const std::uint8_t> values, ByteWriter& out)
{
    for (std::size_t i = 0; i < values.size(); i += 8) {
        unsigned packed = 0;
        for (std::size_t bit = 0; bit < 8 && i + bit < values.size(); ++bit)
            packed |= static_cast<unsigned>(values[i + bit]) << bit;
        out.byte(static_cast<std::uint8_t>(packed));
    }
}

void encode_texts(std::span<const std::string_view> values, ByteWriter& out)
{
    std::unordered_map<std::string_view, std::size_t> places;
    std::vector<std::string_view> words;
    for (const auto value : values)
        if (places.emplace(value, words.size()).second) words.push_back(value);
    out.varint(words.size());
    for (const auto word : words) out.text(word);
    for (const auto value : values) out.varint(places[value]);
}

struct Columns {
    std::vector<std::uint8_t> booleans;
    std::vector<std::int64_t> integers;
    std::vector<double> numbers;
    std::vector<std::string_view> texts;
};

Columns columns_of(std::span<const Point> points)
{
    Columns columns;
    for (const auto& point : points) {
        switch (point.value.index()) {
        case boolean: columns.booleans.push_back(std::get<bool>(point.value) ? 1 : 0); break;
        case integer: columns.integers.push_back(std::get<std::int64_t>(point.value)); break;
        case number: columns.numbers.push_back(std::get<double>(point.value)); break;
        default: columns.texts.push_back(std::get<std::string>(point.value));
        }
    }
    return columns;
}

bool decode_booleans(std::span<Point* const> points, ByteReader& in)
{
    std::uint8_t packed = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (i % 8 == 0) packed = in.byte();
        points[i]->value = (packed >> (i % 8) & 1U) != 0;
    }
    return true;
}

bool decode_integers(std::span<Point* const> points, ByteReader& in)
{
    const auto values = decode_deltas(points.size(), in);
    if (values.size() != points.size()) return false;
    for (std::size_t i = 0; i < points.size(); ++i) points[i]->value = values[i];
    return true;
}

bool decode_doubles(std::span<Point* const> points, ByteReader& in)
{
    std::vector<double> values(points.size());
    if (!decode_numbers(values, in)) return false;
    for (std::size_t i = 0; i < points.size(); ++i) points[i]->value = values[i];
    return true;
}

bool decode_texts(std::span<Point* const> points, ByteReader& in)
{
    const auto count = in.varint();
    if (count > points.size()) return false;
    std::vector<std::string_view> words(count);
    for (auto& word : words) word = in.text();
    for (auto* point : points) {
        const auto place = in.varint();
        if (place >= words.size()) return false;
        point->value = std::string(words[place]);
    }
    return true;
}

}  // namespace

bool Point::operator==(const Point& other) const
{
    if (time_ms != other.time_ms || flags != other.flags || value.index() != other.value.index())
        return false;
    if (value.index() == number) return bits(std::get<double>(value)) == bits(std::get<double>(other.value));
    return value == other.value;
}

void encode_points(std::span<const Point> points, std::int64_t base_ms, ByteWriter& out)
{
    out.byte(version);
    out.varint(points.size());
    encode_runs(
        points, [](const Point& p) { return static_cast<std::uint8_t>(p.value.index()); }, out);
    encode_runs(
        points, [](const Point& p) { return p.flags; }, out);
    encode_times(points, base_ms, out);
    const auto columns = columns_of(points);
    if (!columns.booleans.empty()) encode_booleans(columns.booleans, out);
    if (!columns.integers.empty()) encode_deltas(columns.integers, out);
    if (!columns.numbers.empty()) encode_numbers(columns.numbers, out);
    if (!columns.texts.empty()) encode_texts(columns.texts, out);
}

Result<std::vector<Point>> decode_points(ByteReader& in, std::int64_t base_ms, std::size_t most)
{
    const auto damaged = [](const char* what) {
        return Error{ErrorKind::corrupt, std::string("points block: ") + what};
    };
    if (const auto found = in.byte(); found != version) return damaged("unknown version");
    const auto count = in.varint();
    // Every point takes at least a byte of time, so that a short input cannot ask for much memory.
    if (in.failed() || count > most || count > in.left()) return damaged("implausible count");

    std::vector<Point> points(count);
    std::array<std::vector<Point*>, 4> by_kind;
    bool known = true;
    const bool kinds = decode_runs(
        count,
        [&](std::size_t i, std::uint8_t kind) {
            if (kind < by_kind.size())
                by_kind[kind].push_back(&points[i]);
            else
                known = false;
        },
        in);
    if (!kinds || !known) return damaged("kinds");
    if (!decode_runs(
            count, [&](std::size_t i, std::uint8_t flags) { points[i].flags = flags; }, in))
        return damaged("flags");
    decode_times(points, base_ms, in);
    const bool values = (by_kind[boolean].empty() || decode_booleans(by_kind[boolean], in)) &&
                        (by_kind[integer].empty() || decode_integers(by_kind[integer], in)) &&
                        (by_kind[number].empty() || decode_doubles(by_kind[number], in)) &&
                        (by_kind[text].empty() || decode_texts(by_kind[text], in));
    if (!values || in.failed()) return damaged("values");
    return points;
}

}  // namespace tidegate::store
