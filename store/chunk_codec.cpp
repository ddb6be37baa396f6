#include "store/chunk_codec.hpp"

#include "store/bits.hpp"
#include "store/bytes.hpp"
#include "store/decimals.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

namespace tidegate::store {

namespace {

enum Kind : std::uint8_t {
    boolean = 0,
    integer = 1,
    decimal = 2,
    real = 3,
    text = 4
};  // text: each block has its own words
enum Marks : std::uint8_t { no_integer = 0, whole_is_integer = 1, marked = 2 };

constexpr std::size_t value_boolean = 0, value_integer = 1, value_real = 2,
                      value_text = 3;             // the index in Value
constexpr std::size_t decimals_again = 16;        // so many decimals in a row end a block of reals
constexpr std::int64_t longest_step = 1LL << 40;  // 34 years
constexpr unsigned flags_follow = 0x80;
constexpr unsigned step_follows = 0x80;
constexpr unsigned kind_width = 3;  // bits
constexpr unsigned kind_bits = 7;

using Numbers = std::array<std::int64_t, block_points>;
using Residuals = std::array<std::uint64_t, block_points>;

std::int64_t wrapping(std::uint64_t value)
{
    return static_cast<std::int64_t>(value);
}

std::uint64_t bits_of(std::int64_t value)
{
    return static_cast<std::uint64_t>(value);
}

std::int64_t minus(std::int64_t a, std::int64_t b)
{
    return wrapping(bits_of(a) - bits_of(b));
}

std::int64_t plus(std::int64_t a, std::int64_t b)
{
    return wrapping(bits_of(a) + bits_of(b));
}

// What the coder is chosen by: how long the residuals are, more or less.
std::uint64_t length_of(std::int64_t residual)
{
    return static_cast<std::uint64_t>(std::bit_width(zigzag(residual)));
}

std::uint8_t class_of(std::uint8_t kind, std::uint8_t decimals)
{
    return static_cast<std::uint8_t>(kind | decimals << kind_width);
}

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
    while (count < points.size() && points[count].value.index() == value_real && in_a_row < decimals_again) {
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
    return point.value.index() == value_integer || point.value.index() == value_real;
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

// `enumerate(predictor)` shortest over the block; the model moves on over all of it.
template <std::size_t Count, class Next, class Saw>
Coded shortest(std::span<const std::int64_t> numbers, Next next, Saw saw)
{
    std::array<Residuals, Count> residuals;
    std::array<std::uint64_t, Count> cost{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        for (std::size_t by = 0; by < Count; ++by) {
            const auto miss = minus(numbers[i], next(by));
            residuals[by][i] = zigzag(miss);
            cost[by] += length_of(miss);
        }
        saw(numbers[i]);
    }
    const auto best = static_cast<std::size_t>(std::min_element(cost.begin(), cost.end()) - cost.begin());
    return {static_cast<std::uint8_t>(best), residuals[best]};
}

Coded code_times(std::span<const Point> points, ChunkModel& model)
{
    Numbers times;
    std::transform(points.begin(), points.end(), times.begin(), [](auto& point) { return point.time_ms; });
    return shortest<ChunkModel::times>(
        std::span(times).first(points.size()),
        [&](std::size_t by) { return model.next_time(static_cast<ChunkModel::Time>(by)); },
        [&](std::int64_t time) { model.saw_time(time); });
}

Coded code_numbers(std::span<const std::int64_t> numbers, ChunkModel& model)
{
    return shortest<ChunkModel::numbers>(
        numbers, [&](std::size_t by) { return model.next_number(static_cast<ChunkModel::Number>(by)); },
        [&](std::int64_t number) { model.saw_number(number); });
}

void write_flags(std::span<const Point> points, BitWriter& out)
{
    for (std::size_t i = 0; i < points.size();) {
        auto end = i + 1;
        while (end < points.size() && points[end].flags == points[i].flags) ++end;
        out.put(points[i].flags, 8);
        out.put(end - i - 1, 7);
        i = end;
    }
}

bool read_flags(std::span<Point> points, BitReader& in)
{
    for (std::size_t i = 0; i < points.size();) {
        const auto flags = static_cast<std::uint8_t>(in.get(8));
        const auto length = in.get(7) + 1;
        if (length > points.size() - i) return false;
        for (const auto end = i + length; i < end; ++i) points[i].flags = flags;
    }
    return true;
}

// Each double XORed with the one before: a bit "the same", else where its bits begin, how many, and they.
void write_reals(std::span<const Point> points, BitWriter& out)
{
    std::uint64_t before = 0;
    for (const auto& point : points) {
        const auto now = std::bit_cast<std::uint64_t>(std::get<double>(point.value));
        const auto change = now ^ before;
        before = now;
        out.put(change != 0 ? 1 : 0, 1);
        if (change == 0) continue;
        const auto low = static_cast<unsigned>(std::countr_zero(change));
        const auto length = static_cast<unsigned>(std::bit_width(change)) - low;
        out.put(low, 6);
        out.put(length - 1, 6);
        out.put(change >> low, length);
    }
}

bool read_reals(std::span<Point> points, BitReader& in)
{
    std::uint64_t before = 0;
    for (auto& point : points) {
        if (in.get(1) != 0) {
            const auto low = static_cast<unsigned>(in.get(6));
            const auto length = static_cast<unsigned>(in.get(6)) + 1;
            if (low + length > 64) return false;
            before ^= in.get(length) << low;
        }
        point.value = std::bit_cast<double>(before);
    }
    return true;
}

Marks marks_of(std::span<const Point> points, std::span<const std::int64_t> numbers, std::int64_t whole)
{
    bool any = false, only_whole = true, all_whole = true;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const bool is_integer = points[i].value.index() == value_integer;
        const bool is_whole = numbers[i] % whole == 0;
        any = any || is_integer;
        all_whole = all_whole && (is_integer || !is_whole);
        only_whole = only_whole && (!is_integer || is_whole);
    }
    if (!any) return no_integer;
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
    head.byte(static_cast<std::uint8_t>((count - 1) | (flags ? flags_follow : 0U)));
    head.byte(static_cast<std::uint8_t>(stretch.kind | values.predictor << 3U | times.predictor << 5U |
                                        (step_change != 0 ? step_follows : 0U)));
    auto marks = no_integer;
    if (stretch.kind == decimal) {
        const auto whole = static_cast<std::int64_t>(powers_of_ten[stretch.decimals]);
        marks = marks_of(points, std::span(stretch.numbers).first(count), whole);
        head.byte(static_cast<std::uint8_t>(stretch.decimals | marks << 4U));
    }
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
        for (const auto& point : points) bits.put(point.value.index() == value_integer ? 1 : 0, 1);
    if (stretch.kind == real)
        write_reals(points, bits);
    else
        write_residuals(std::span(values.residuals).first(count), bits);
    bits.finish();
}

}  // namespace

std::int64_t ChunkModel::next_time(Time by) const
{
    if (!any_time_) return last_ms_;
    switch (by) {
    case Time::interval: return plus(last_ms_, step_ms_);
    case Time::change: return plus(last_ms_, change_ms_);
    case Time::grid: return plus(grid_ms_, step_ms_);
    }
    return last_ms_;
}

void ChunkModel::saw_time(std::int64_t time_ms)
{
    if (!any_time_) {
        any_time_ = true;
        last_ms_ = grid_ms_ = time_ms;
        return;
    }
    change_ms_ = minus(time_ms, last_ms_);
    last_ms_ = time_ms;
    const auto expected = plus(grid_ms_, step_ms_);
    auto miss = minus(time_ms, expected);
    grid_ms_ = expected;
    const auto half = step_ms_ / 2;
    if (miss > half || miss < -half) {  // some were lost, or it is another clock
        if (step_ms_ <= 0 || miss > 1000 * step_ms_ || miss < -1000 * step_ms_) {
            grid_ms_ = time_ms;
            return;
        }
        const auto lost = (miss >= 0 ? miss + half : miss - half) / step_ms_;
        grid_ms_ = plus(grid_ms_, lost * step_ms_);
        miss -= lost * step_ms_;
    }
    grid_ms_ = plus(grid_ms_, (miss + 4) >> 3);
}

std::int64_t ChunkModel::next_number(Number by) const
{
    switch (by) {
    case Number::last: return last_;
    case Number::mean: return plus(mean_, 8) >> 4;
    case Number::line: return plus(last_, minus(last_, before_));
    case Number::pair: return plus(last_, minus(before_, last_) >> 1);
    }
    return last_;
}

void ChunkModel::saw_number(std::int64_t number)
{
    const auto sixteenths = wrapping(bits_of(number) << 4U);
    mean_ = any_number_ ? plus(mean_, minus(sixteenths, mean_) >> 2) : sixteenths;
    before_ = any_number_ ? last_ : number;
    last_ = number;
    any_number_ = true;
}

void ChunkModel::set_class(std::uint8_t number_class)
{
    if (number_class == class_ && number_class != text) return;
    class_ = number_class;
    last_ = before_ = mean_ = 0;
    any_number_ = false;
}

void ChunkEncoder::add(std::span<const Point> points, std::string& out)
{
    Stretch stretch;
    std::vector<std::string_view> words;
    while (!points.empty()) {
        const auto known = model_.number_class();
        const auto likely = (known & kind_bits) == decimal ? known >> kind_width : 0;
        stretch.decimals = 0;
        words.clear();
        stretch_at(points.first(std::min(points.size(), block_points)), static_cast<std::size_t>(likely),
                   stretch, words);
        write_block(model_, points.first(stretch.count), stretch, words, out);
        points = points.subspan(stretch.count);
    }
}

namespace {

// One chunk's bytes on their way back to points.
class Decoder {
public:
    Decoder(std::string_view bytes, std::int64_t base_ms, std::size_t most)
        : in_(bytes),
          model_(base_ms),
          most_(most),
          text_left_(64 * bytes.size() + 65536)
    {
    }

    // None: all blocks are read.
    const char* block(std::vector<Point>& points);
    bool done() const { return in_.left() == 0; }

private:
    struct Head {
        std::uint8_t kind = 0, values = 0, times = 0, decimals = 0, marks = 0;
        bool flags = false;
    };

    const char* head(Head& head, std::vector<std::string_view>& words);
    void times(std::span<Point> points, std::uint8_t predictor, BitReader& bits);
    const char* values(std::span<Point> points,
                       const Head& head,
                       std::span<const std::string_view> words,
                       BitReader& bits);

    ByteReader in_;
    ChunkModel model_;
    std::size_t most_;
    std::size_t text_left_;  // bytes of text that may still be made: a short input must not fill the memory
};

const char* Decoder::head(Head& head, std::vector<std::string_view>& words)
{
    const auto second = in_.byte();
    head.kind = second & 7U;
    head.values = second >> 3U & 3U;
    head.times = second >> 5U & 3U;
    if (head.kind > text || head.times >= ChunkModel::times) return "kind";
    if (head.kind == decimal) {
        const auto third = in_.byte();
        head.decimals = third & 15U;
        head.marks = third >> 4U;
        if (head.decimals >= powers_of_ten.size() || head.marks > marked) return "decimals";
    }
    if ((second & step_follows) != 0) {
        const auto step = plus(model_.step_ms(), in_.signed_varint());
        if (step < 0 || step > longest_step) return "interval";
        model_.set_step(step);
    }
    if (head.kind == text) {
        const auto count = in_.varint();
        if (count > block_points) return "words";
        for (std::size_t i = 0; i < count; ++i) words.push_back(in_.text());
    }
    return nullptr;
}

void Decoder::times(std::span<Point> points, std::uint8_t predictor, BitReader& bits)
{
    Residuals misses;
    read_residuals(std::span(misses).first(points.size()), bits);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto time =
            plus(model_.next_time(static_cast<ChunkModel::Time>(predictor)), unzigzag(misses[i]));
        model_.saw_time(time);
        points[i].time_ms = time;
    }
}

const char* Decoder::values(std::span<Point> points,
                            const Head& head,
                            std::span<const std::string_view> words,
                            BitReader& bits)
{
    std::uint64_t marks_low = 0, marks_high = 0;
    if (head.marks == marked) {
        marks_low = bits.get(static_cast<unsigned>(std::min<std::size_t>(points.size(), 64)));
        if (points.size() > 64) marks_high = bits.get(static_cast<unsigned>(points.size() - 64));
    }
    if (head.kind == real) return read_reals(points, bits) ? nullptr : "reals";
    model_.set_class(class_of(head.kind, head.decimals));
    Residuals misses;
    read_residuals(std::span(misses).first(points.size()), bits);
    const auto by = static_cast<ChunkModel::Number>(head.values);
    const auto divisor = powers_of_ten[head.decimals];
    const auto whole = static_cast<std::int64_t>(divisor);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto number = plus(model_.next_number(by), unzigzag(misses[i]));
        model_.saw_number(number);
        auto& value = points[i].value;
        if (head.kind == boolean) {
            value = number != 0;
        } else if (head.kind == integer) {
            value = number;
        } else if (head.kind == text) {
            if (number < 0 || bits_of(number) >= words.size()) return "word";
            const auto word = words[bits_of(number)];
            if (word.size() > text_left_) return "too much text";
            text_left_ -= word.size();
            value = std::string(word);
        } else {
            const bool is_integer = head.marks == whole_is_integer ? number % whole == 0
                                    : head.marks == marked
                                        ? ((i < 64 ? marks_low >> i : marks_high >> (i - 64)) & 1U) != 0
                                        : false;
            if (is_integer)
                value = number / whole;
            else
                value = static_cast<double>(number) / divisor;
        }
    }
    return nullptr;
}

const char* Decoder::block(std::vector<Point>& points)
{
    const auto first = in_.byte();
    const std::size_t count = (first & 0x7fU) + 1U;
    if (count > most_) return "more points than stated";
    most_ -= count;
    Head head;
    head.flags = (first & flags_follow) != 0;
    std::vector<std::string_view> words;
    if (const auto* wrong = this->head(head, words)) return wrong;
    if (in_.failed()) return "head";

    const auto before = points.size();
    points.resize(before + count);
    const std::span fresh = std::span(points).subspan(before);
    BitReader bits(in_.rest());
    times(fresh, head.times, bits);
    if (head.flags && !read_flags(fresh, bits)) return "flags";
    if (const auto* wrong = values(fresh, head, words, bits)) return wrong;
    if (bits.failed()) return "length";
    in_.take(bits.bytes_read());
    return nullptr;
}

}  // namespace

Result<> decode_chunk(std::string_view bytes,
                      std::int64_t base_ms,
                      std::size_t most,
                      std::vector<Point>& points)
{
    Decoder decoder(bytes, base_ms, most);
    while (!decoder.done())
        if (const auto* wrong = decoder.block(points))
            return Error{ErrorKind::corrupt, std::string("chunk: ") + wrong};
    return {};
}

}  // namespace tidegate::store
