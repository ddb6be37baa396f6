#include "store/bits.hpp"
#include "store/bytes.hpp"
#include "store/chunk_block.hpp"
#include "store/chunk_codec.hpp"
#include "store/decimals.hpp"
#include "store/xor_code.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tidegate::store {

namespace {

using namespace chunk;

constexpr std::size_t integer_index = 1, real_index = 2;  // in Value
constexpr std::size_t decimals_again = 16;                // so many decimals in a row end a block of reals

// value * 10^decimals of an integer or a double; none when it does not come back bit for bit.
std::optional<std::int64_t> scaled_value(const Value& value, std::size_t decimals)
{
    if (const auto* number = std::get_if<double>(&value)) return scaled(*number, decimals);
    return scaled_integer(std::get<std::int64_t>(value), decimals);
}

// The beginning of some points that one block can hold.
struct Stretch {
    std::size_t count = 0;
    std::uint8_t kind = 0;
    std::uint8_t decimals = 0;
    Numbers numbers;  // what is coded for its values; nothing for reals
};

bool is_decimal(const Value& value)
{
    for (std::size_t decimals = 0; decimals < powers_of_ten.size(); ++decimals)
        if (scaled_value(value, decimals)) return true;
    return false;
}

// Doubles that are no short decimals, up to where decimals begin again.
void reals_at(std::span<const Point> points, Stretch& found)
{
    std::size_t count = 0;
    std::size_t in_a_row = 0;
    while (count < points.size() && points[count].value.index() == real_index && in_a_row < decimals_again) {
        in_a_row = is_decimal(points[count].value) ? in_a_row + 1 : 0;
        ++count;
    }
    found.kind = real;
    found.count = in_a_row == decimals_again ? count - in_a_row : count;
}

// Fills in the numbers as far as all have at most so many decimals; returns how far that is.
std::size_t scale(std::span<const Point> points, std::size_t decimals, Numbers& numbers)
{
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto number = scaled_value(points[i].value, decimals);
        if (!number) return i;
        numbers[i] = *number;
    }
    return points.size();
}

// `likely`: decimals of the numbers before.
void numbers_at(std::span<const Point> points, std::size_t likely, Stretch& found)
{
    auto decimals = likely;
    found.count = scale(points, decimals, found.numbers);
    // A number that needs more decimals takes those before it along, if they are small enough for that.
    for (auto more = decimals + 1; found.count < points.size() && more < powers_of_ten.size(); ++more) {
        if (!scaled_value(points[found.count].value, more)) continue;
        Numbers longer;
        const auto count = scale(points, more, longer);
        if (count <= found.count) break;
        decimals = more;
        found.count = count;
        found.numbers = longer;
    }
    if (found.count == 0 && likely > 0) return numbers_at(points.first(1), 0, found);
    if (found.count == 0) return reals_at(points, found);
    const std::span used = std::span(found.numbers).first(found.count);
    const auto needs = [](std::int64_t number) { return number % 10 != 0; };
    if (decimals > 0 && std::none_of(used.begin(), used.end(), needs))
        return numbers_at(points.first(found.count), 0, found);
    found.kind = decimal;
    found.decimals = static_cast<std::uint8_t>(decimals);
}

void texts_at(std::span<const Point> points, Stretch& found, std::vector<std::string_view>& words)
{
    found.kind = text;
    for (found.count = 0; found.count < points.size(); ++found.count) {
        const auto* word = std::get_if<std::string>(&points[found.count].value);
        if (word == nullptr) return;
        const auto known = std::find(words.begin(), words.end(), *word);  // at most block_points
        found.numbers[found.count] = known - words.begin();
        if (known == words.end()) words.push_back(*word);
    }
}

template <class T>
std::size_t run_of(std::span<const Point> points, Numbers& numbers)
{
    std::size_t count = 0;
    while (count < points.size()) {
        const auto* value = std::get_if<T>(&points[count].value);
        if (value == nullptr) break;
        numbers[count++] = static_cast<std::int64_t>(*value);
    }
    return count;
}

bool is_number(const Point& point)
{
    return point.value.index() == integer_index || point.value.index() == real_index;
}

// The longest beginning that one block can hold; `words` are those of a text.
void stretch_at(std::span<const Point> points,
                std::size_t likely,
                Stretch& found,
                std::vector<std::string_view>& words)
{
    found.kind = boolean;
    found.count = run_of<bool>(points, found.numbers);
    if (found.count > 0) return;
    const auto numeric =
        static_cast<std::size_t>(std::find_if_not(points.begin(), points.end(), is_number) - points.begin());
    if (numeric == 0) return texts_at(points, found, words);
    found.kind = integer;
    found.count = run_of<std::int64_t>(points, found.numbers);
    if (found.count < numeric) numbers_at(points.first(numeric), likely, found);
}

// The interval of the series, were none lost and none late.
std::int64_t step_of(std::span<const Point> points, std::int64_t known)
{
    if (points.size() < 3) return known;
    const auto span = minus(points.back().time_ms, points.front().time_ms);
    if (span <= 0 || span > longest_step) return known;
    auto unit = known;
    const auto mean = span / static_cast<std::int64_t>(points.size() - 1);
    if (unit <= 0 || mean > 2 * unit || 2 * mean < unit) {
        std::array<std::int64_t, block_points> gaps;
        for (std::size_t i = 1; i < points.size(); ++i)
            gaps[i - 1] = minus(points[i].time_ms, points[i - 1].time_ms);
        const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>((points.size() - 1) / 2);
        std::nth_element(gaps.begin(), middle, gaps.begin() + static_cast<std::ptrdiff_t>(points.size() - 1));
        unit = *middle;
        if (unit <= 0) return std::max<std::int64_t>(mean, 0);
    }
    const auto inverse = 1.0 / static_cast<double>(unit);
    std::int64_t intervals = 0;
    for (std::size_t i = 1; i < points.size(); ++i) {
        const auto gap = static_cast<double>(minus(points[i].time_ms, points[i - 1].time_ms));
        const auto times = gap * inverse;
        if (times < 1000 && times > -1000) intervals += static_cast<std::int64_t>(std::floor(times + 0.5));
    }
    if (intervals <= 0) return known;
    const auto step = (span + intervals / 2) / intervals;
    return std::abs(step - known) <= 1 + (known >> 12) ? known : step;
}

struct Coded {
    std::uint8_t predictor = 0;
    Residuals residuals{};
};

// Tries all predictors over the block; the model moves on over all of it.
template <class By, class Next, class Saw, std::size_t... Index>
Coded shortest(std::span<const std::int64_t> numbers, Next next, Saw saw, std::index_sequence<Index...>)
{
    std::array<Residuals, sizeof...(Index)> residuals;
    std::array<std::uint64_t, sizeof...(Index)> cost{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto number = numbers[i];
        const auto attempt = [&](std::size_t by, std::int64_t expected) {
            const auto residual = zigzag(minus(number, expected));
            residuals[by][i] = residual;
            cost[by] += static_cast<std::uint64_t>(std::bit_width(residual));  // more or less
        };
        (attempt(Index, next(static_cast<By>(Index))), ...);
        saw(number);
    }
    const auto best = static_cast<std::size_t>(std::min_element(cost.begin(), cost.end()) - cost.begin());
    return {static_cast<std::uint8_t>(best), residuals[best]};
}

Coded code_times(std::span<const Point> points, ChunkModel& model)
{
    Numbers times;
    std::transform(points.begin(), points.end(), times.begin(), [](auto& point) { return point.time_ms; });
    return shortest<ChunkModel::Time>(
        std::span(times).first(points.size()), [&](auto by) { return model.next_time(by); },
        [&](std::int64_t time) { model.saw_time(time); }, std::make_index_sequence<ChunkModel::times>());
}

Coded code_numbers(std::span<const std::int64_t> numbers, ChunkModel& model)
{
    return shortest<ChunkModel::Number>(
        numbers, [&](auto by) { return model.next_number(by); },
        [&](std::int64_t number) { model.saw_number(number); },
        std::make_index_sequence<ChunkModel::numbers>());
}

void write_flags(std::span<const Point> points, BitWriter& out)
{
    for (std::size_t i = 0; i < points.size();) {
        auto end = i + 1;
        while (end < points.size() && points[end].flags == points[i].flags) ++end;
        out.put(points[i].flags, 8);
        out.put(end - i - 1, 8);
        i = end;
    }
}

void write_reals(std::span<const Point> points, BitWriter& out)
{
    XorCode code;
    for (const auto& point : points) code.put(std::get<double>(point.value), out);
}

Marks marks_of(std::span<const Point> points, std::span<const std::int64_t> numbers, std::int64_t whole)
{
    const auto is_integer = [](const Point& point) { return point.value.index() == integer_index; };
    if (std::none_of(points.begin(), points.end(), is_integer)) return no_integer;  // nearly always
    bool only_whole = true, all_whole = true;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const bool integer_here = is_integer(points[i]);
        const bool is_whole = numbers[i] % whole == 0;
        all_whole = all_whole && (integer_here || !is_whole);
        only_whole = only_whole && (!integer_here || is_whole);
    }
    return all_whole && only_whole ? whole_is_integer : marked;
}

void write_block(ChunkModel& model,
                 std::span<const Point> points,
                 const Stretch& stretch,
                 std::span<const std::string_view> words,
                 std::string& out)
{
    const auto count = points.size();
    const auto step_change = minus(step_of(points, model.step_ms()), model.step_ms());
    model.set_step(plus(model.step_ms(), step_change));
    const auto times = code_times(points, model);
    const bool flags =
        std::any_of(points.begin(), points.end(), [](auto& point) { return point.flags != 0; });
    Coded values;
    if (stretch.kind != real) {
        model.set_class(class_of(stretch.kind, stretch.decimals));
        values = code_numbers(std::span(stretch.numbers).first(count), model);
    }

    ByteWriter head;
    head.byte(static_cast<std::uint8_t>(stretch.kind | unsigned{values.predictor} << 3U |
                                        unsigned{times.predictor} << 5U |
                                        (step_change != 0 ? step_follows : 0U)));
    auto marks = no_integer;
    if (stretch.kind == decimal) {
        const auto whole = static_cast<std::int64_t>(powers_of_ten[stretch.decimals]);
        marks = marks_of(points, std::span(stretch.numbers).first(count), whole);
    }
    const auto decimals = stretch.kind == decimal ? unsigned{stretch.decimals} : 0U;
    head.byte(static_cast<std::uint8_t>(decimals | unsigned{marks} << 4U | (flags ? flags_follow : 0U) |
                                        (count < block_points ? count_follows : 0U)));
    if (count < block_points) head.byte(static_cast<std::uint8_t>(count - 1));
    if (step_change != 0) head.signed_varint(step_change);
    if (stretch.kind == text) {
        head.varint(words.size());
        for (const auto word : words) head.text(word);
    }
    out += head.take();

    BitWriter bits(out);
    write_residuals(std::span(times.residuals).first(count), bits);
    if (flags) write_flags(points, bits);
    if (marks == marked)
        for (const auto& point : points) bits.put(point.value.index() == integer_index ? 1 : 0, 1);
    if (stretch.kind == real)
        write_reals(points, bits);
    else
        write_residuals(std::span(values.residuals).first(count), bits);
    bits.finish();
}

}  // namespace

void ChunkEncoder::add(std::span<const Point> points, std::string& out)
{
    Stretch stretch;
    std::vector<std::string_view> words;
    while (!points.empty()) {
        const auto known = model_.number_class();
        const auto decimals = static_cast<std::uint8_t>(known >> kind_width);
        const auto likely = known == class_of(decimal, decimals) ? std::size_t{decimals} : 0;
        stretch.decimals = 0;
        words.clear();
        stretch_at(points.first(std::min(points.size(), block_points)), likely, stretch, words);
        write_block(model_, points.first(stretch.count), stretch, words, out);
        points = points.subspan(stretch.count);
    }
}

}  // namespace tidegate::store
