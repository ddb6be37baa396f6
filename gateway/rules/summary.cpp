#include "gateway/rules/summary.hpp"

#include <algorithm>

namespace tidegate::gateway {

namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t most_held = 3;

enum class ValueKind : std::uint8_t { boolean, integer, number, text };

// None: it has no extremes.
std::optional<Number> measured(const store::Value& value)
{
    return std::holds_alternative<bool>(value) ? std::nullopt : number_of(value);
}

void write_value(store::ByteWriter& out, const store::Value& value)
{
    out.byte(static_cast<std::uint8_t>(value.index()));
    if (const auto* flag = std::get_if<bool>(&value)) out.byte(*flag ? 1 : 0);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) out.signed_varint(*whole);
    if (const auto* number = std::get_if<double>(&value)) out.fixed(*number);
    if (const auto* text = std::get_if<std::string>(&value)) out.text(*text);
}

store::Value read_value(store::ByteReader& in)
{
    switch (static_cast<ValueKind>(in.byte())) {
    case ValueKind::boolean: return in.byte() != 0;
    case ValueKind::integer: return in.signed_varint();
    case ValueKind::number: return in.fixed<double>();
    case ValueKind::text: break;
    }
    return std::string(in.text());
}

}  // namespace

Summary::Summary(const store::Reading& first, std::int64_t interval_ms)
    : interval_ms_(interval_ms),
      start_ms_(window_start(first.time_ms, interval_ms)),
      first_ms_(first.time_ms),
      flags_(first.flags),
      first_(measured(first.value))
{
    add(first.value);
}

void Summary::add(const store::Value& value)
{
    const auto number = measured(value);
    if (!number) return;
    ++count_;
    sum_.add(*number);
}

std::size_t Summary::fold(store::Point point)
{
    add(point.value);
    held_.push_back(std::move(point));
    const auto last = held_.size() - 1;
    const auto least = beyond_all(false), greatest = beyond_all(true);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < held_.size(); ++i) {
        if (i != last && i != least && i != greatest) continue;
        if (kept != i) held_[kept] = std::move(held_[i]);
        ++kept;
    }
    const auto let_go = held_.size() - kept;
    held_.resize(kept);
    return let_go;
}

// The place of what is held and less (or greater) than the first and all others; none: the first is. Of equal
// ones the earliest.
std::optional<std::size_t> Summary::beyond_all(bool upwards) const
{
    std::optional<std::size_t> place;
    auto most = first_;
    for (std::size_t i = 0; i < held_.size(); ++i) {
        const auto number = measured(held_[i].value);
        if (!number) continue;
        if (most && !(upwards ? less(*most, *number) : less(*number, *most))) continue;
        most = number;
        place = i;
    }
    return place;
}

std::vector<store::Point> Summary::held() const
{
    std::vector<std::int64_t> taken{first_ms_};
    auto points = held_;
    for (auto& point : points) {
        point.time_ms = free_beside(point.time_ms, taken);
        taken.push_back(point.time_ms);
    }
    return points;
}

// An interval has more milliseconds than a summary has readings.
std::int64_t Summary::free_beside(std::int64_t time_ms, const std::vector<std::int64_t>& taken) const
{
    const auto is_taken = [&](std::int64_t time) { return std::ranges::find(taken, time) != taken.end(); };
    auto after = time_ms;
    while (is_taken(after)) ++after;
    if (after < end_ms()) return after;
    auto before = time_ms;
    while (is_taken(before)) --before;
    return before;
}

void Summary::write(store::ByteWriter& out) const
{
    out.byte(format);
    out.varint(static_cast<std::uint64_t>(interval_ms_));
    out.signed_varint(start_ms_);
    out.signed_varint(first_ms_);
    out.byte(flags_);
    out.byte(first_ ? 1 : 0);
    if (first_) write_value(out, std::visit([](auto number) { return store::Value(number); }, *first_));
    out.varint(count_);
    sum_.write(out);
    out.byte(static_cast<std::uint8_t>(held_.size()));
    for (const auto& point : held_) {
        out.signed_varint(point.time_ms);
        out.byte(point.flags);
        write_value(out, point.value);
    }
}

std::optional<Summary> Summary::read(store::ByteReader& in)
{
    if (in.byte() != format) return std::nullopt;
    Summary summary;
    summary.interval_ms_ = static_cast<std::int64_t>(in.varint());
    summary.start_ms_ = in.signed_varint();
    summary.first_ms_ = in.signed_varint();
    summary.flags_ = in.byte();
    if (in.byte() != 0) summary.first_ = number_of(read_value(in));
    summary.count_ = in.varint();
    summary.sum_ = Sum::read(in);
    const auto held = in.byte();
    if (held > most_held || summary.interval_ms_ <= 0) return std::nullopt;
    for (std::size_t i = 0; i < held && !in.failed(); ++i) {
        store::Point point;
        point.time_ms = in.signed_varint();
        point.flags = in.byte();
        point.value = read_value(in);
        summary.held_.push_back(std::move(point));
    }
    if (in.failed() || in.left() > 0) return std::nullopt;
    return summary;
}

}  // namespace tidegate::gateway
