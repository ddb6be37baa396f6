#include "gateway/rules/window.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace tidegate::gateway {

namespace {

constexpr std::array<std::string_view, statistic_count> names{"count", "min",  "max", "mean",
                                                              "first", "last", "sum", "increase"};

constexpr std::int64_t week_ms = std::chrono::milliseconds(std::chrono::days(7)).count();
constexpr std::int64_t first_monday_ms =
    std::chrono::milliseconds(std::chrono::days(4)).count();  // 5 January 1970

double as_double(const Number& number)
{
    return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

store::Value as_value(const Number& number)
{
    return std::visit([](auto value) { return store::Value(value); }, number);
}

// b - a, whole where it can be.
Number difference(const Number& a, const Number& b)
{
    const auto* from = std::get_if<std::int64_t>(&a);
    const auto* to = std::get_if<std::int64_t>(&b);
    std::int64_t whole = 0;
    if (from != nullptr && to != nullptr && !__builtin_sub_overflow(*to, *from, &whole)) return whole;
    return as_double(b) - as_double(a);
}

void write_number(store::ByteWriter& out, const Number& number)
{
    out.byte(static_cast<std::uint8_t>(number.index()));
    if (const auto* whole = std::get_if<std::int64_t>(&number))
        out.signed_varint(*whole);
    else
        out.fixed(std::get<double>(number));
}

Number read_number(store::ByteReader& in)
{
    if (in.byte() == 0) return in.signed_varint();
    return in.fixed<double>();
}

}  // namespace

std::optional<Number> number_of(const store::Value& value)
{
    if (const auto* flag = std::get_if<bool>(&value)) return Number(std::int64_t{*flag});
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return Number(*whole);
    const auto* number = std::get_if<double>(&value);
    if (number == nullptr || !std::isfinite(*number)) return std::nullopt;
    return Number(*number);
}

bool less(const Number& a, const Number& b)
{
    const auto* left = std::get_if<std::int64_t>(&a);
    const auto* right = std::get_if<std::int64_t>(&b);
    if (left != nullptr && right != nullptr) return *left < *right;
    const double equal = as_double(a);
    if (equal != as_double(b)) return equal < as_double(b);
    // Where one is whole and the other the float that it is rounded to, the floats are whole, too.
    constexpr double too_large = 9'223'372'036'854'775'808.0;
    if (left != nullptr) return equal >= too_large || *left < static_cast<std::int64_t>(equal);
    if (right != nullptr) return equal < too_large && static_cast<std::int64_t>(equal) < *right;
    return false;
}

std::string_view to_string(Statistic statistic)
{
    return names.at(static_cast<std::size_t>(statistic));
}

std::optional<Statistic> statistic_of(std::string_view name)
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return static_cast<Statistic>(i);
    return std::nullopt;
}

std::vector<WindowSpec> window_specs(const std::vector<std::chrono::milliseconds>& widths,
                                     const std::vector<std::string>& values,
                                     std::chrono::milliseconds lateness)
{
    Statistics statistics = 0;
    for (const auto& name : values)
        if (const auto statistic = statistic_of(name)) statistics |= bit(*statistic);
    std::vector<WindowSpec> specs;
    for (const auto width : widths)
        if (std::ranges::find(specs, width.count(), &WindowSpec::width_ms) == specs.end())
            specs.push_back({width.count(), lateness.count(), statistics});
    return specs;
}

std::int64_t window_start(std::int64_t time_ms, std::int64_t width_ms)
{
    const auto origin = width_ms % week_ms == 0 ? first_monday_ms : 0;
    const auto past = (time_ms - origin) % width_ms;
    return time_ms - (past < 0 ? past + width_ms : past);
}

void Sum::add(const Number& number)
{
    const auto* whole = std::get_if<std::int64_t>(&number);
    std::int64_t next = 0;
    if (whole_ && whole != nullptr && !__builtin_add_overflow(whole_sum_, *whole, &next)) {
        whole_sum_ = next;
        return;
    }
    if (whole_) sum_ = static_cast<double>(whole_sum_);
    whole_ = false;
    const double value = gateway::as_double(number);
    const double total = sum_ + value;
    lost_ += std::abs(sum_) >= std::abs(value) ? (sum_ - total) + value : (value - total) + sum_;
    sum_ = total;
}

Number Sum::get() const
{
    if (whole_) return whole_sum_;
    return as_double();
}

double Sum::as_double() const
{
    if (whole_) return static_cast<double>(whole_sum_);
    constexpr auto most = std::numeric_limits<double>::max();
    return std::isfinite(sum_) ? sum_ + lost_ : std::copysign(most, sum_);  // too large for what is stored
}

void Sum::write(store::ByteWriter& out) const
{
    out.byte(whole_ ? 1 : 0);
    if (whole_) return out.signed_varint(whole_sum_);
    out.fixed(sum_);
    out.fixed(lost_);
}

Sum Sum::read(store::ByteReader& in)
{
    Sum sum;
    sum.whole_ = in.byte() != 0;
    if (sum.whole_) {
        sum.whole_sum_ = in.signed_varint();
        return sum;
    }
    sum.sum_ = in.fixed<double>();
    sum.lost_ = in.fixed<double>();
    return sum;
}

void WindowSum::add(std::int64_t time_ms, const Number& number, const std::optional<Number>& rise)
{
    const bool only = count_ == 0;
    if (only || less(number, min_)) min_ = number;
    if (only || less(max_, number)) max_ = number;
    if (only || time_ms < first_ms_) {
        first_ = number;
        first_ms_ = time_ms;
    }
    if (only || time_ms >= last_ms_) {
        last_ = number;
        last_ms_ = time_ms;
    }
    sum_.add(number);
    if (rise) increase_.add(*rise);
    ++count_;
}

store::Value WindowSum::value(Statistic statistic) const
{
    switch (statistic) {
    case Statistic::count: return static_cast<std::int64_t>(count_);
    case Statistic::min: return as_value(min_);
    case Statistic::max: return as_value(max_);
    case Statistic::mean: return sum_.as_double() / static_cast<double>(count_);
    case Statistic::first: return as_value(first_);
    case Statistic::last: return as_value(last_);
    case Statistic::sum: return as_value(sum_.get());
    case Statistic::increase: return as_value(increase_.get());
    }
    return 0.0;
}

void WindowSum::write(store::ByteWriter& out) const
{
    out.varint(count_);
    for (const auto* number : {&min_, &max_, &first_, &last_}) write_number(out, *number);
    out.signed_varint(first_ms_);
    out.signed_varint(last_ms_);
    sum_.write(out);
    increase_.write(out);
}

WindowSum WindowSum::read(store::ByteReader& in)
{
    WindowSum sum;
    sum.count_ = in.varint();
    for (auto* number : {&sum.min_, &sum.max_, &sum.first_, &sum.last_}) *number = read_number(in);
    sum.first_ms_ = in.signed_varint();
    sum.last_ms_ = in.signed_varint();
    sum.sum_ = Sum::read(in);
    sum.increase_ = Sum::read(in);
    return sum;
}

std::optional<Number> Counter::rise(std::int64_t time_ms, const Number& number)
{
    if (last_ && time_ms < last_ms_) return std::nullopt;
    std::optional<Number> rise;
    if (last_) {
        const bool reset = less(number, *last_);
        rise = difference(reset ? Number(std::int64_t{0}) : *last_, number);
        if (less(*rise, std::int64_t{0})) rise = std::int64_t{0};  // below zero: no counter does that
    }
    last_ = number;
    last_ms_ = time_ms;
    return rise;
}

void Counter::write(store::ByteWriter& out) const
{
    out.byte(last_ ? 1 : 0);
    if (!last_) return;
    write_number(out, *last_);
    out.signed_varint(last_ms_);
}

Counter Counter::read(store::ByteReader& in)
{
    Counter counter;
    if (in.byte() == 0) return counter;
    counter.last_ = read_number(in);
    counter.last_ms_ = in.signed_varint();
    return counter;
}

}  // namespace tidegate::gateway
