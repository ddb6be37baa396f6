#include "store/rollup_codec.hpp"

#include "store/bits.hpp"
#include "store/bytes.hpp"
#include "store/chunk_codec.hpp"
#include "store/decimals.hpp"

#include <array>
#include <cmath>

namespace tidegate::store {

namespace {

// A row's form; below `integers` it is the number of decimals of doubles.
constexpr std::uint8_t integers = 10, booleans = 11, general = 12;
constexpr std::size_t most_entries = 4096;  // more than a day has minutes, or a month hours

// One rollup as integers times 10^decimals.
struct Scaled {
    std::int64_t min = 0, max = 0, sum = 0, first = 0, last = 0;
};

// Where a sum would lie if the values lay evenly between the least and the most. Wraps around: the decoder
// does the same.
std::int64_t likely_sum(std::uint64_t count, std::int64_t min, std::int64_t max)
{
    const auto spread = wide(max) - wide(min);
    return static_cast<std::int64_t>(count * wide(min) + ((count * spread) >> 1U));
}

std::optional<std::int64_t> scaled_sum(double sum, std::size_t decimals)
{
    const auto product = sum * powers_of_ten[decimals];
    if (!(std::abs(product) < static_cast<double>(exact_integers))) return std::nullopt;
    return std::llround(product);
}

std::optional<std::int64_t> scaled_value(const Value& value, std::uint8_t form)
{
    if (form == booleans) {
        const auto* flag = std::get_if<bool>(&value);
        return flag != nullptr ? std::optional<std::int64_t>(*flag ? 1 : 0) : std::nullopt;
    }
    if (form == integers) {
        const auto* number = std::get_if<std::int64_t>(&value);
        return number != nullptr ? std::optional(*number) : std::nullopt;
    }
    const auto* number = std::get_if<double>(&value);
    return number != nullptr ? scaled(*number, form) : std::nullopt;
}

std::optional<std::vector<Scaled>> scale(std::span<const Rollup> rollups, std::uint8_t form)
{
    const std::size_t decimals = form < integers ? form : 0;
    std::vector<Scaled> all;
    all.reserve(rollups.size());
    for (const auto& rollup : rollups) {
        const auto min = scaled(rollup.min, decimals);
        const auto max = scaled(rollup.max, decimals);
        const auto sum = scaled_sum(rollup.sum, decimals);
        const auto first = scaled_value(rollup.first, form);
        const auto last = scaled_value(rollup.last, form);
        if (!min || !max || !sum || !first || !last) return std::nullopt;
        all.push_back({*min, *max, *sum, *first, *last});
    }
    return all;
}

// The form in which everything is an integer, and these integers; `general` when there is none.
std::uint8_t find_form(std::span<const Rollup> rollups, std::vector<Scaled>& numbers)
{
    const auto& value = rollups.front().first;
    const bool real = std::holds_alternative<double>(value);
    const std::uint8_t least = real ? 0 : std::holds_alternative<bool>(value) ? booleans : integers;
    const std::uint8_t end = real ? integers : least + 1;
    for (auto form = least; form < end; ++form) {
        auto found = scale(rollups, form);
        if (!found) continue;
        numbers = std::move(*found);
        return form;
    }
    return general;
}

using Column = std::vector<std::uint64_t>;

void write_numbers(std::span<const Rollup> rollups,
                   std::span<const Scaled> numbers,
                   std::int64_t width_ms,
                   ByteWriter& out)
{
    out.varint(rollups.front().count);
    out.signed_varint(numbers.front().min);
    std::array<Column, 7> columns;
    auto& [starts, counts, mins, spreads, firsts, lasts, sums] = columns;
    for (std::size_t i = 0; i < rollups.size(); ++i) {
        const auto& number = numbers[i];
        if (i > 0) {
            starts.push_back(wide((rollups[i].start_ms - rollups[i - 1].start_ms) / width_ms - 1));
            counts.push_back(zigzag(static_cast<std::int64_t>(rollups[i].count - rollups[i - 1].count)));
            mins.push_back(zigzag(minus(number.min, numbers[i - 1].min)));
        }
        spreads.push_back(wide(minus(number.max, number.min)));
        firsts.push_back(wide(minus(number.first, number.min)));
        lasts.push_back(wide(minus(number.last, number.min)));
        sums.push_back(zigzag(minus(number.sum, likely_sum(rollups[i].count, number.min, number.max))));
    }
    std::string coded;
    BitWriter bits(coded);
    for (const auto& column : columns) write_residuals(column, bits);
    bits.finish();
    out.append(coded);
}

Value value_of(std::int64_t number, std::uint8_t form)
{
    if (form == booleans) return number != 0;
    if (form == integers) return number;
    return static_cast<double>(number) / powers_of_ten[form];
}

bool read_numbers(ByteReader& in, std::uint8_t form, std::int64_t width_ms, std::span<Rollup> rollups)
{
    auto count = in.varint();
    auto min = in.signed_varint();
    std::array<Column, 7> columns;
    BitReader bits(in.rest());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        columns[i].resize(i < 3 ? rollups.size() - 1 : rollups.size());
        read_residuals(columns[i], bits);
    }
    if (in.failed() || bits.failed()) return false;
    const auto& [starts, counts, mins, spreads, firsts, lasts, sums] = columns;
    const auto power = powers_of_ten[form < integers ? form : 0];
    const auto real = [power](std::int64_t number) { return static_cast<double>(number) / power; };
    auto start = rollups.front().start_ms;
    for (std::size_t i = 0; i < rollups.size(); ++i) {
        if (i > 0) {
            if (starts[i - 1] >= most_entries) return false;
            start += static_cast<std::int64_t>(starts[i - 1] + 1) * width_ms;
            count += wide(unzigzag(counts[i - 1]));
            min = plus(min, unzigzag(mins[i - 1]));
        }
        auto& rollup = rollups[i];
        const auto max = plus(min, static_cast<std::int64_t>(spreads[i]));
        rollup.start_ms = start;
        rollup.count = count;
        rollup.min = real(min);
        rollup.max = real(max);
        rollup.sum = real(plus(unzigzag(sums[i]), likely_sum(count, min, max)));
        rollup.first = value_of(plus(min, static_cast<std::int64_t>(firsts[i])), form);
        rollup.last = value_of(plus(min, static_cast<std::int64_t>(lasts[i])), form);
    }
    return true;
}

// Each column as a run of points at the starts.
void write_points(std::span<const Rollup> rollups, std::int64_t base_ms, ByteWriter& out)
{
    const auto column = [&](auto value) {
        std::vector<Point> points;
        for (const auto& rollup : rollups) points.push_back({rollup.start_ms, value(rollup), 0});
        std::string bytes;
        ChunkEncoder(base_ms).add(points, bytes);
        out.text(bytes);
    };
    column([](const Rollup& rollup) { return Value(static_cast<std::int64_t>(rollup.count)); });
    column([](const Rollup& rollup) { return rollup.first; });
    column([](const Rollup& rollup) { return rollup.last; });
    column([](const Rollup& rollup) { return Value(rollup.min); });
    column([](const Rollup& rollup) { return Value(rollup.max); });
    column([](const Rollup& rollup) { return Value(rollup.sum); });
}

bool read_points(ByteReader& in, std::int64_t base_ms, std::span<Rollup> rollups)
{
    for (std::size_t column = 0; column < 6; ++column) {
        std::vector<Point> points;
        const auto decoded = decode_chunk(in.text(), base_ms, rollups.size(), points);
        if (!decoded || points.size() != rollups.size()) return false;
        for (std::size_t i = 0; i < points.size(); ++i) {
            auto& rollup = rollups[i];
            auto& value = points[i].value;
            if (column == 1 || column == 2) {
                (column == 1 ? rollup.first : rollup.last) = std::move(value);
                continue;
            }
            if (column == 0) {
                const auto* count = std::get_if<std::int64_t>(&value);
                if (count == nullptr || *count <= 0) return false;
                rollup.start_ms = points[i].time_ms;
                rollup.count = static_cast<std::uint64_t>(*count);
                continue;
            }
            const auto* number = std::get_if<double>(&value);
            if (number == nullptr) return false;
            (column == 3 ? rollup.min : column == 4 ? rollup.max : rollup.sum) = *number;
        }
    }
    return true;
}

}  // namespace

std::string encode_rollups(std::span<const Rollup> rollups, std::int64_t base_ms, std::int64_t width_ms)
{
    std::vector<Scaled> numbers;
    const auto form = find_form(rollups, numbers);
    ByteWriter out;
    out.byte(form);
    out.varint(wide(rollups.back().last_ms - rollups.back().start_ms));
    out.varint(wide((rollups.front().start_ms - base_ms) / width_ms));
    if (form == general)
        write_points(rollups, base_ms, out);
    else
        write_numbers(rollups, numbers, width_ms, out);
    return out.take();
}

Result<> decode_rollups(std::string_view bytes,
                        std::int64_t base_ms,
                        std::int64_t width_ms,
                        std::size_t count,
                        std::vector<Rollup>& rollups)
{
    const Error damaged{ErrorKind::corrupt, "rollups: not a row of them"};
    ByteReader in(bytes);
    const auto form = in.byte();
    const auto last_ms = in.varint();
    const auto first = in.varint();
    if (in.failed() || form > general || count == 0 || count > most_entries || first >= most_entries ||
        last_ms >= wide(width_ms))
        return damaged;
    std::vector<Rollup> read(count);
    read.front().start_ms = base_ms + static_cast<std::int64_t>(first) * width_ms;
    const bool whole =
        form == general ? read_points(in, base_ms, read) : read_numbers(in, form, width_ms, read);
    if (!whole) return damaged;
    for (auto& rollup : read) rollup.last_ms = rollup.start_ms;
    read.back().last_ms += static_cast<std::int64_t>(last_ms);
    rollups.insert(rollups.end(), std::make_move_iterator(read.begin()), std::make_move_iterator(read.end()));
    return {};
}

}  // namespace tidegate::store
