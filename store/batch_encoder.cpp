#include "store/batch_encoder.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::store::batch {

namespace {

constexpr std::uint8_t none = classes;  // the class before the first value of a series

// 21, 21.5 and 21.25 are of one class when all are taken with two decimals.
void level(std::span<Cell> cells)
{
    std::uint8_t most = 0;
    for (const auto& cell : cells) {
        if (!is_decimal(cell.value_class)) return;
        most = std::max(most, cell.value_class);
    }
    const auto leveled = [&](const Cell& cell) {
        const auto decimals = static_cast<std::size_t>(most - cell.value_class);
        return scaled_integer(static_cast<std::int64_t>(cell.number), decimals);
    };
    const auto can_be = [&](const Cell& cell) { return leveled(cell).has_value(); };
    if (!std::all_of(cells.begin(), cells.end(), can_be)) return;
    for (auto& cell : cells) {
        cell.number = wide(*leveled(cell));
        cell.value_class = most;
    }
}

}  // namespace

Analysis::Analysis(Ordered readings, std::uint64_t base_ms) : base_(base_ms), cells_(readings.size())
{
    gaps_.reserve(readings.size());
    first_times_.reserve(readings.size());
    singles_.push_back(0);
    SeriesId before = 0;
    for (std::size_t begin = 0; begin < readings.size();) {
        const auto series = readings[begin]->series;
        auto end = begin + 1;
        while (end < readings.size() && readings[end]->series == series) ++end;
        gaps_.push_back(static_cast<SeriesId>(series - before - 1));
        before = series;
        take_series(readings.subspan(begin, end - begin), std::span(cells_).subspan(begin, end - begin));
        begin = end;
    }
}

void Analysis::take_series(Ordered readings, std::span<Cell> cells)
{
    if (readings.size() == 1)
        ++singles_.back();
    else {
        more_.push_back(readings.size() - 2);
        singles_.push_back(0);
    }
    take_times(readings, cells);
    take_values(readings, cells);
    take_runs(cells);
}

void Analysis::take_times(Ordered readings, std::span<Cell> cells)
{
    const auto first = wide(readings[0]->time_ms);
    cells[0].time = difference(first, base_);
    first_times_.push_back(cells[0].time);
    if (readings.size() == 1) return;

    const auto second = wide(readings[1]->time_ms);
    cells[1].time = difference(second, first);
    second_times_.add(cells[1].time);
    Cadence cadence(first, second);
    for (std::size_t i = 2; i < readings.size(); ++i) {
        const auto time = wide(readings[i]->time_ms);
        cells[i].time = difference(time, cadence.next());
        further_times_.add(cells[i].time);
        cadence.saw(time);
    }
}

void Analysis::take_values(Ordered readings, std::span<Cell> cells)
{
    auto before = none;
    bool changed = false;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const auto value_class = classify(readings[i]->value, before, cells[i].number);
        cells[i].value_class = value_class;
        changed = changed || (value_class != before && before != none);
        flagged_ = flagged_ || readings[i]->flags != 0;
        before = value_class;
    }
    if (changed) level(cells);
}

void Analysis::take_runs(std::span<Cell> cells)
{
    auto before = none;
    std::uint64_t number_before = 0;
    for (auto& cell : cells) {
        const auto value_class = cell.value_class;
        cell.first = value_class != before;
        mixed_ = mixed_ || (cell.first && before != none);
        before = value_class;
        ++occur_[value_class];
        if (!is_number(value_class)) continue;
        const auto number = cell.number;
        cell.number = difference(number, cell.first ? 0 : number_before);
        number_before = number;
        if (cell.first)
            first_numbers_[value_class].add(cell.number);
        else
            further_numbers_[value_class].add(cell.number);
    }
}

std::uint8_t Analysis::classify(const Value& value, std::uint8_t before, std::uint64_t& number)
{
    if (const auto* some = std::get_if<double>(&value)) return classify(*some, before, number);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        number = wide(*whole);
        return integer;
    }
    return std::holds_alternative<bool>(value) ? boolean : text;
}

// The fewest decimals at the start of a series; from there on as many as before, as long as that is exact.
std::uint8_t Analysis::classify(double value, std::uint8_t before, std::uint64_t& number)
{
    constexpr auto last = powers_of_ten.size() - 1;
    constexpr auto never_too_large = static_cast<double>(exact_integers) / powers_of_ten[last];
    if (before == raw) return raw;  // one that is no decimal is seldom followed by one that is
    const bool follows = is_decimal(before) && before != none;
    auto decimals = follows ? static_cast<std::size_t>(before - decimal) : most_decimals_;
    auto found = scaled(value, decimals);
    if (!found) {
        if (std::abs(value) < never_too_large && !scaled(value, last)) return raw;
        for (decimals = 0; decimals <= last && !(found = scaled(value, decimals));) ++decimals;
        if (!found) return raw;
        most_decimals_ = std::max(most_decimals_, decimals);
    }
    // Without a division of doubles: what is exact with a zero at the end is exact without it.
    for (; !follows && decimals > 0 && *found % 10 == 0; --decimals) *found /= 10;
    number = wide(*found);
    return static_cast<std::uint8_t>(decimal + decimals);
}

Codes Analysis::codes() const
{
    Codes codes;
    codes.mixed = mixed_;
    codes.flagged = flagged_;
    codes.gap = RiceCode(gaps_);
    codes.singles = RiceCode(singles_);
    codes.more = RiceCode(more_);
    codes.first_time = BoundedCode(first_times_);
    codes.second_time = LengthCode(second_times_);
    codes.further_time = further_times_.start();
    for (std::uint8_t i = 0; i < classes; ++i) {
        if (occur_[i] == 0) continue;
        codes.by_rank.push_back(i);
        if (!is_number(i)) continue;
        codes.first_number[i] = LengthCode(first_numbers_[i]);
        codes.further_number[i] = further_numbers_[i].start();
    }
    std::stable_sort(codes.by_rank.begin(), codes.by_rank.end(),
                     [&](std::uint8_t a, std::uint8_t b) { return occur_[a] > occur_[b]; });
    return codes;
}

void TextWriter::put(const std::string& value, bool first, BitWriter& out)
{
    const auto known = places_.size();
    const auto [found, fresh] = places_.try_emplace(value, known);
    const auto place = found->second;
    total_ += value.size();
    if (!first) {
        out.put(place == before_ ? 0 : 1, 1);
        if (place == before_) return;
    }
    before_ = place;
    out.put(place, static_cast<unsigned>(std::bit_width(known)));
    if (!fresh) return;
    out.rice(value.size(), text_length_parameter);
    for (const char letter : value) out.put(static_cast<unsigned char>(letter), 8);
}

Encoder::Encoder(Ordered readings, std::uint64_t base_ms, std::string& out)
    : readings_(readings),
      analysis_(readings, base_ms),
      codes_(analysis_.codes()),
      out_(out)
{
    for (std::size_t i = 0; i < codes_.by_rank.size(); ++i)
        rank_[codes_.by_rank[i]] = static_cast<unsigned>(i);
}

std::size_t Encoder::write()
{
    put_codes(codes_, out_);
    std::size_t begin = 0;
    std::size_t several = 0;  // series of more than one reading so far
    auto singles = analysis_.singles()[0];
    codes_.singles.put(singles, out_);
    for (const auto gap : analysis_.gaps()) {
        codes_.gap.put(gap, out_);
        std::size_t size = 1;
        if (singles == 0) {
            size = analysis_.more()[several] + 2;
            codes_.more.put(size - 2, out_);
            singles = analysis_.singles()[++several];
            codes_.singles.put(singles, out_);
        } else
            --singles;
        put_series(begin, size);
        begin += size;
    }
    out_.finish();
    return texts_.total();
}

void Encoder::put_series(std::size_t begin, std::size_t size)
{
    const auto cells = analysis_.cells().subspan(begin, size);
    bool mixed = false;
    if (codes_.mixed && size > 1) {
        mixed = std::any_of(cells.begin() + 1, cells.end(), [](const Cell& cell) { return cell.first; });
        out_.put(mixed ? 1 : 0, 1);
    }
    if (!mixed) put_class(cells[0].value_class);
    AdaptiveRice times(codes_.further_time);
    AdaptiveRice numbers(rice_all_zero);  // the first of a run starts it
    for (std::size_t i = 0; i < size; ++i) {
        const auto& cell = cells[i];
        if (i == 0)
            codes_.first_time.put(cell.time, out_);
        else if (i == 1)
            codes_.second_time.put(cell.time, out_);
        else
            times.put(cell.time, out_);
        if (codes_.flagged) put_flags(begin + i);
        if (mixed) put_class(cell.value_class);
        put_value(cell, readings_[begin + i]->value, numbers);
    }
}

void Encoder::put_flags(std::size_t i)
{
    if (i < flags_end_) return;
    const auto flags = readings_[i]->flags;
    flags_end_ = i + 1;
    while (flags_end_ < readings_.size() && readings_[flags_end_]->flags == flags) ++flags_end_;
    out_.put(flags, 8);
    put_plain(flags_end_ - i - 1, out_);
}

void Encoder::put_class(std::uint8_t value_class)
{
    const auto rank = rank_[value_class];
    const bool last = rank + 1 == codes_.by_rank.size();
    out_.put((1U << rank) - 1U, last ? rank : rank + 1);
}

void Encoder::put_value(const Cell& cell, const Value& value, AdaptiveRice& numbers)
{
    switch (cell.value_class) {
    case boolean: out_.put(std::get<bool>(value) ? 1 : 0, 1); return;
    case text: texts_.put(std::get<std::string>(value), cell.first, out_); return;
    case raw: raws_.put(std::get<double>(value), out_); return;
    default: break;
    }
    if (!cell.first) return numbers.put(cell.number, out_);
    codes_.first_number[cell.value_class].put(cell.number, out_);
    numbers = AdaptiveRice(codes_.further_number[cell.value_class]);
}

}  // namespace tidegate::store::batch
