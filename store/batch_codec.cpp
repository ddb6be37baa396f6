#include "store/batch_codec.hpp"

#include "store/batch_codes.hpp"
#include "store/bytes.hpp"
#include "store/checksum.hpp"
#include "store/decimals.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>

namespace tidegate::store {

namespace {

constexpr std::uint8_t version = 2;
constexpr std::size_t most_records = 10'000'000;

// What a blob may at most be decoded to. The encoder fills up with zero bytes what would be below.
constexpr std::size_t records_a_byte = 2;
constexpr std::size_t text_a_byte = 64;
constexpr std::size_t text_at_least = std::size_t{64} << 10U;

// What a value is written as. With decimals: `decimal` + their number.
enum Class : std::uint8_t { boolean, text, raw, integer, decimal, classes = decimal + powers_of_ten.size() };

constexpr bool is_decimal(std::uint8_t value_class)
{
    return value_class >= decimal;
}
constexpr bool is_number(std::uint8_t value_class)
{
    return value_class >= integer;
}

std::uint32_t checksum_of(std::string_view body, std::uint64_t last_seq)
{
    const auto* raw_seq = reinterpret_cast<const char*>(&last_seq);
    return crc32c(body, crc32c({raw_seq, sizeof last_seq}));
}

std::uint64_t wide(std::int64_t value)
{
    return static_cast<std::uint64_t>(value);
}

// Differences wrap around, so that all 64 bits are in reach.
std::uint64_t difference(std::uint64_t value, std::uint64_t from)
{
    return zigzag(static_cast<std::int64_t>(value - from));
}
std::uint64_t sum(std::uint64_t from, std::uint64_t difference)
{
    return from + wide(unzigzag(difference));
}

// Where the next reading of a series is expected, by the latest so far and the steps so far. One that comes
// late or twice leaves no trace.
class Cadence {
public:
    Cadence(std::uint64_t first, std::uint64_t second) : latest_(second), step_(second - first) {}

    std::uint64_t next() const { return latest_ + step_; }

    void saw(std::uint64_t time)
    {
        const auto missed = static_cast<std::int64_t>(time - next());
        if (magnitude(missed) <= magnitude(static_cast<std::int64_t>(step_)) / 2) {
            step_ += wide(missed / 2);
            latest_ = time;
        } else if (static_cast<std::int64_t>(time) > static_cast<std::int64_t>(latest_)) {
            step_ = time - latest_;
            latest_ = time;
        }
    }

private:
    static std::uint64_t magnitude(std::int64_t value) { return value < 0 ? -wide(value) : wide(value); }

    std::uint64_t latest_;
    std::uint64_t step_;
};

// The settings of all codes of a batch.
struct Codes {
    std::vector<std::uint8_t> by_rank;  // the classes that occur, the most frequent first
    bool mixed = false;                 // a series has values of more than one class
    bool flagged = false;               // flags other than 0 occur
    RiceCode gap;                       // from a series to the next
    RiceCode singles;                   // how many series of one reading come before the next of more
    RiceCode more;                      // how many readings above two that one has
    BoundedCode first_time;
    LengthCode second_time;
    unsigned further_time = rice_all_zero;
    std::array<LengthCode, classes> first_number;
    std::array<unsigned, classes> further_number{};
};

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

// A reading as it will be written.
struct Cell {
    std::uint64_t time = 0;    // a difference
    std::uint64_t number = 0;  // of an integer or a decimal: a difference, but for the first of its run
    std::uint8_t value_class = 0;
    bool first = false;  // the reading before is of another series or another class
};

// Looks at a batch as a whole: what is to be written, and the codes for it.
class Analysis {
public:
    explicit Analysis(std::span<const Reading> readings, std::uint64_t base_ms);

    const std::vector<Cell>& cells() const { return cells_; }
    const std::vector<std::uint64_t>& gaps() const { return gaps_; }
    const std::vector<std::uint64_t>& singles() const { return singles_; }
    const std::vector<std::uint64_t>& more() const { return more_; }
    Codes codes() const;

private:
    void take_series(std::span<const Reading> readings, std::span<Cell> cells);
    void take_times(std::span<const Reading> readings, std::span<Cell> cells);
    void take_values(std::span<const Reading> readings, std::span<Cell> cells);
    std::uint8_t classify(double value, std::uint8_t before, std::uint64_t& number);
    static void level(std::span<Cell> cells);

    std::uint64_t base_;
    std::vector<Cell> cells_;
    std::vector<std::uint64_t> gaps_, singles_, more_, first_times_;
    Lengths second_times_;
    AverageLength further_times_;
    std::array<Lengths, classes> first_numbers_;
    std::array<AverageLength, classes> further_numbers_;
    std::array<std::uint32_t, classes> occur_{};
    std::size_t decimals_ = 2;  // most values have no more than those before had
    bool mixed_ = false;
    bool flagged_ = false;
};

Analysis::Analysis(std::span<const Reading> readings, std::uint64_t base_ms)
    : base_(base_ms),
      cells_(readings.size())
{
    singles_.push_back(0);
    SeriesId before = 0;
    for (std::size_t i = 0; i < readings.size();) {
        const auto series = readings[i].series;
        auto end = i + 1;
        while (end < readings.size() && readings[end].series == series) ++end;
        gaps_.push_back(static_cast<SeriesId>(series - before - 1));
        before = series;
        take_series(readings.subspan(i, end - i), std::span(cells_).subspan(i, end - i));
        i = end;
    }
}

void Analysis::take_series(std::span<const Reading> readings, std::span<Cell> cells)
{
    if (readings.size() == 1)
        ++singles_.back();
    else {
        more_.push_back(readings.size() - 2);
        singles_.push_back(0);
    }
    take_times(readings, cells);
    take_values(readings, cells);
}

void Analysis::take_times(std::span<const Reading> readings, std::span<Cell> cells)
{
    const auto first = wide(readings[0].time_ms);
    cells[0].time = difference(first, base_);
    first_times_.push_back(cells[0].time);
    if (readings.size() == 1) return;

    const auto second = wide(readings[1].time_ms);
    cells[1].time = difference(second, first);
    second_times_.add(cells[1].time);
    Cadence cadence(first, second);
    for (std::size_t i = 2; i < readings.size(); ++i) {
        const auto time = wide(readings[i].time_ms);
        cells[i].time = difference(time, cadence.next());
        further_times_.add(cells[i].time);
        cadence.saw(time);
    }
}

void Analysis::take_values(std::span<const Reading> readings, std::span<Cell> cells)
{
    auto value_class = static_cast<std::uint8_t>(classes);
    bool changed = false;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        auto& cell = cells[i];
        flagged_ = flagged_ || readings[i].flags != 0;
        const auto before = value_class;
        if (const auto* number = std::get_if<double>(&readings[i].value))
            value_class = classify(*number, before, cell.number);
        else if (const auto* whole = std::get_if<std::int64_t>(&readings[i].value)) {
            value_class = integer;
            cell.number = wide(*whole);
        } else
            value_class = std::holds_alternative<bool>(readings[i].value) ? boolean : text;
        cell.value_class = value_class;
        changed = changed || (i > 0 && value_class != before);
    }
    if (changed) level(cells);

    for (std::size_t i = cells.size(); i-- > 0;) {
        auto& cell = cells[i];
        cell.first = i == 0 || cells[i - 1].value_class != cell.value_class;
        ++occur_[cell.value_class];
        mixed_ = mixed_ || (cell.first && i > 0);
        if (!is_number(cell.value_class)) continue;
        cell.number = difference(cell.number, cell.first ? 0 : cells[i - 1].number);
        if (cell.first)
            first_numbers_[cell.value_class].add(cell.number);
        else
            further_numbers_[cell.value_class].add(cell.number);
    }
}

std::uint8_t Analysis::classify(double value, std::uint8_t before, std::uint64_t& number)
{
    constexpr auto last = powers_of_ten.size() - 1;
    constexpr auto fits_all = static_cast<double>(exact_integers) / powers_of_ten[last];
    if (before == raw) return raw;  // one that is no decimal is seldom followed by one that is
    const bool follows = is_decimal(before) && before < classes;
    auto digits = follows ? before - std::size_t{decimal} : decimals_;
    auto scaled_value = scaled(value, digits);
    if (!scaled_value) {
        if (std::abs(value) < fits_all && !scaled(value, last)) return raw;
        for (digits = 0; digits <= last; ++digits)
            if ((scaled_value = scaled(value, digits))) break;
        if (!scaled_value) return raw;
        decimals_ = std::max(decimals_, digits);
    }
    if (!follows)
        for (; digits > 0 && *scaled_value % 10 == 0; --digits) *scaled_value /= 10;
    number = wide(*scaled_value);
    return static_cast<std::uint8_t>(decimal + digits);
}

// 21, 21.5 and 21.25 are of one class when all are taken with two decimals.
void Analysis::level(std::span<Cell> cells)
{
    std::uint8_t most = 0;
    for (const auto& cell : cells) {
        if (!is_decimal(cell.value_class)) return;
        most = std::max(most, cell.value_class);
    }
    const auto leveled = [&](const Cell& cell) {
        return scaled_integer(static_cast<std::int64_t>(cell.number), most - std::size_t{cell.value_class});
    };
    if (!std::all_of(cells.begin(), cells.end(), [&](const Cell& cell) { return leveled(cell).has_value(); }))
        return;
    for (auto& cell : cells) {
        cell.number = wide(*leveled(cell));
        cell.value_class = most;
    }
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

// Texts by a dictionary that grows as they come: a place in it, or the next free place and the text.
constexpr unsigned text_length_parameter = 2;

class TextWriter {
public:
    void put(const std::string& value, bool first, BitWriter& out)
    {
        const auto known = places_.size();
        const auto [found, fresh] = places_.try_emplace(value, known);
        total_ += value.size();
        if (!first) {
            out.put(found->second == before_ ? 0 : 1, 1);
            if (found->second == before_) return;
        }
        before_ = found->second;
        out.put(before_, static_cast<unsigned>(std::bit_width(known)));
        if (!fresh) return;
        out.rice(value.size(), text_length_parameter);
        for (const char letter : value) out.put(static_cast<unsigned char>(letter), 8);
    }

    std::size_t total() const { return total_; }

private:
    std::unordered_map<std::string_view, std::size_t> places_;
    std::size_t before_ = 0;
    std::size_t total_ = 0;
};

class TextReader {
public:
    TextReader(std::size_t bytes, std::size_t most) : bytes_(bytes), most_(most) {}

    // Nothing when it cannot be.
    const std::string* get(bool first, BitReader& in)
    {
        if (first || in.get(1) != 0) {
            before_ = static_cast<std::size_t>(in.get(static_cast<unsigned>(std::bit_width(words_.size()))));
            if (before_ > words_.size() || (before_ == words_.size() && !get_word(in))) return nullptr;
        }
        if (before_ >= words_.size() || words_[before_].size() > most_) return nullptr;
        most_ -= words_[before_].size();
        return &words_[before_];
    }

private:
    bool get_word(BitReader& in)
    {
        const auto length = in.rice(text_length_parameter);
        if (length > bytes_ - in.bytes_read()) return false;
        auto& word = words_.emplace_back(length, '\0');
        for (auto& letter : word) letter = static_cast<char>(in.get(8));
        return true;
    }

    std::vector<std::string> words_;
    std::size_t before_ = 0;
    std::size_t bytes_;  // of the input
    std::size_t most_;   // bytes that may still be given
};

class BatchWriter {
public:
    BatchWriter(std::span<const Reading> readings, std::uint64_t base, std::string& bytes)
        : readings_(readings),
          analysis_(readings, base),
          codes_(analysis_.codes()),
          out_(bytes)
    {
        for (std::size_t i = 0; i < codes_.by_rank.size(); ++i)
            rank_[codes_.by_rank[i]] = static_cast<unsigned>(i);
    }

    std::size_t write();  // gives the bytes of text

private:
    void put_series(std::size_t begin, std::size_t size);
    void put_flags(std::size_t i);
    void put_class(std::uint8_t value_class);
    void put_value(const Cell& cell, const Value& value, AdaptiveRice& numbers);

    std::span<const Reading> readings_;
    Analysis analysis_;
    Codes codes_;
    std::array<unsigned, classes> rank_{};
    BitWriter out_;
    TextWriter texts_;
    XorCode raws_;
    std::size_t flags_end_ = 0;  // of the run that has been written
};

std::size_t BatchWriter::write()
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

void BatchWriter::put_series(std::size_t begin, std::size_t size)
{
    const auto cells = std::span(analysis_.cells()).subspan(begin, size);
    bool mixed = false;
    if (codes_.mixed && size > 1) {
        mixed = std::any_of(cells.begin() + 1, cells.end(), [](const Cell& cell) { return cell.first; });
        out_.put(mixed ? 1 : 0, 1);
    }
    if (!mixed) put_class(cells[0].value_class);
    AdaptiveRice times(codes_.further_time);
    AdaptiveRice numbers(rice_all_zero);
    for (std::size_t i = 0; i < size; ++i) {
        if (i == 0)
            codes_.first_time.put(cells[i].time, out_);
        else if (i == 1)
            codes_.second_time.put(cells[i].time, out_);
        else
            times.put(cells[i].time, out_);
        if (codes_.flagged) put_flags(begin + i);
        if (mixed) put_class(cells[i].value_class);
        put_value(cells[i], readings_[begin + i].value, numbers);
    }
}

void BatchWriter::put_flags(std::size_t i)
{
    if (i < flags_end_) return;
    const auto flags = readings_[i].flags;
    flags_end_ = i + 1;
    while (flags_end_ < readings_.size() && readings_[flags_end_].flags == flags) ++flags_end_;
    out_.put(flags, 8);
    put_plain(flags_end_ - i - 1, out_);
}

void BatchWriter::put_class(std::uint8_t value_class)
{
    const auto rank = rank_[value_class];
    const bool last = rank + 1 == codes_.by_rank.size();
    out_.put((1U << rank) - 1U, last ? rank : rank + 1);
}

void BatchWriter::put_value(const Cell& cell, const Value& value, AdaptiveRice& numbers)
{
    switch (cell.value_class) {
    case boolean: out_.put(std::get<bool>(value) ? 1 : 0, 1); break;
    case text: texts_.put(std::get<std::string>(value), cell.first, out_); break;
    case raw: raws_.put(std::get<double>(value), out_); break;
    default:
        if (cell.first) {
            codes_.first_number[cell.value_class].put(cell.number, out_);
            numbers = AdaptiveRice(codes_.further_number[cell.value_class]);
        } else
            numbers.put(cell.number, out_);
    }
}

class BatchReader {
public:
    BatchReader(std::string_view bytes, std::uint64_t base, std::size_t most_text)
        : in_(bytes),
          base_(base),
          texts_(bytes.size(), most_text)
    {
    }

    // Nothing when they cannot be.
    bool read(std::uint64_t first_seq, std::size_t count, std::vector<Record>& records);
    std::size_t bytes_read() const { return in_.bytes_read(); }

private:
    bool get_series(SeriesId series, std::span<Record> records);
    std::uint8_t get_flags();
    std::uint8_t get_class();
    bool get_value(std::uint8_t value_class, bool first, Value& value);

    BitReader in_;
    std::uint64_t base_;
    Codes codes_;
    TextReader texts_;
    XorCode raws_;
    AdaptiveRice numbers_{rice_all_zero};
    std::uint64_t number_ = 0;  // the last one of the run
    std::uint64_t flags_left_ = 0;
    std::uint8_t flags_ = 0;
};

bool BatchReader::read(std::uint64_t first_seq, std::size_t count, std::vector<Record>& records)
{
    auto codes = get_codes(in_);
    if (!codes) return false;
    codes_ = std::move(*codes);
    records.resize(count);
    SeriesId series = 0;
    auto singles = codes_.singles.get(in_);
    for (std::size_t begin = 0; begin < count;) {
        series += static_cast<SeriesId>(codes_.gap.get(in_) + 1);
        std::uint64_t size = 1;
        if (singles == 0) {
            size = codes_.more.get(in_);
            if (size > count || size + 2 > count - begin) return false;
            size += 2;
            singles = codes_.singles.get(in_);
        } else
            --singles;
        if (!get_series(series, std::span(records).subspan(begin, size)) || in_.failed()) return false;
        begin += size;
    }
    for (auto& record : records) record.seq = first_seq++;
    return true;
}

bool BatchReader::get_series(SeriesId series, std::span<Record> records)
{
    const bool mixed = codes_.mixed && records.size() > 1 && in_.get(1) != 0;
    auto value_class = mixed ? std::uint8_t{classes} : get_class();
    AdaptiveRice times(codes_.further_time);
    std::optional<Cadence> cadence;
    for (std::size_t i = 0; i < records.size(); ++i) {
        auto& reading = records[i].reading;
        reading.series = series;
        if (i == 0)
            reading.time_ms = static_cast<std::int64_t>(sum(base_, codes_.first_time.get(in_)));
        else if (i == 1) {
            const auto first = wide(records[0].reading.time_ms);
            const auto second = sum(first, codes_.second_time.get(in_));
            cadence.emplace(first, second);
            reading.time_ms = static_cast<std::int64_t>(second);
        } else {
            const auto time = sum(cadence->next(), times.get(in_));
            cadence->saw(time);
            reading.time_ms = static_cast<std::int64_t>(time);
        }
        if (codes_.flagged) reading.flags = get_flags();
        const auto before = value_class;
        if (mixed) value_class = get_class();
        if (!get_value(value_class, i == 0 || value_class != before, reading.value)) return false;
    }
    return true;
}

std::uint8_t BatchReader::get_flags()
{
    if (flags_left_ == 0) {
        flags_ = static_cast<std::uint8_t>(in_.get(8));
        flags_left_ = get_plain(in_);
    } else
        --flags_left_;
    return flags_;
}

std::uint8_t BatchReader::get_class()
{
    std::size_t rank = 0;
    while (rank + 1 < codes_.by_rank.size() && in_.get(1) != 0) ++rank;
    return codes_.by_rank[rank];
}

bool BatchReader::get_value(std::uint8_t value_class, bool first, Value& value)
{
    switch (value_class) {
    case boolean: value.emplace<bool>(in_.get(1) != 0); return true;
    case text: {
        const auto* found = texts_.get(first, in_);
        if (found != nullptr) value.emplace<std::string>(*found);
        return found != nullptr;
    }
    case raw: value.emplace<double>(raws_.get(in_)); return true;
    default: break;
    }
    if (first) {
        number_ = sum(0, codes_.first_number[value_class].get(in_));
        numbers_ = AdaptiveRice(codes_.further_number[value_class]);
    } else
        number_ = sum(number_, numbers_.get(in_));
    const auto number = static_cast<std::int64_t>(number_);
    if (value_class == integer)
        value.emplace<std::int64_t>(number);
    else
        value.emplace<double>(static_cast<double>(number) /
                              powers_of_ten[value_class - std::size_t{decimal}]);
    return true;
}

// The median of the first times, or of some of them; not the least: one late reading must not lengthen all
// the others.
std::uint64_t base_of(std::span<const Reading> readings)
{
    constexpr std::size_t enough = 256;
    std::vector<std::int64_t> times;
    times.reserve(2 * enough);
    const auto stride = std::max<std::size_t>(1, readings.size() / enough);
    SeriesId before = 0;
    for (std::size_t i = 0; i < readings.size(); i += stride) {
        if (readings[i].series == before) continue;
        before = readings[i].series;
        times.push_back(readings[i].time_ms);
    }
    if (times.empty()) return readings.empty() ? 0 : wide(readings[0].time_ms);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return wide(*middle);
}

}  // namespace

std::string encode_batch(std::span<const Reading> readings, std::uint64_t last_seq, const BatchClock& clock)
{
    const auto base = base_of(readings);
    ByteWriter head;
    head.byte(version);
    head.fixed(clock.boot);
    head.signed_varint(clock.boot_ms);
    head.signed_varint(clock.wall_ms);
    head.byte(clock.synchronised ? 1 : 0);
    head.varint(readings.size());
    head.varint(difference(wide(clock.wall_ms), base));

    std::string blob(sizeof(std::uint32_t), '\0');
    blob.reserve(64 + readings.size() * 4);
    blob += head.take();
    if (!readings.empty()) {
        const auto begin = blob.size();
        const auto text_bytes = BatchWriter(readings, base, blob).write();
        const auto least = std::max(readings.size() / records_a_byte + 1, text_bytes / text_a_byte);
        blob.resize(std::max(blob.size(), begin + least));
    }
    const auto checksum = checksum_of(std::string_view(blob).substr(sizeof(std::uint32_t)), last_seq);
    std::memcpy(blob.data(), &checksum, sizeof checksum);
    return blob;
}

Result<DecodedBatch> decode_batch(std::string_view blob, std::uint64_t last_seq)
{
    const auto damaged = [&](const char* what) {
        return Error{ErrorKind::corrupt, "batch " + std::to_string(last_seq) + ": " + what};
    };
    ByteReader in(blob);
    const auto checksum = in.fixed<std::uint32_t>();
    if (in.failed() || checksum != checksum_of(blob.substr(sizeof checksum), last_seq))
        return damaged("checksum");
    if (in.byte() != version) return damaged("unknown version");

    DecodedBatch batch;
    batch.clock.boot = in.fixed<std::uint64_t>();
    batch.clock.boot_ms = in.signed_varint();
    batch.clock.wall_ms = in.signed_varint();
    batch.clock.synchronised = in.byte() != 0;
    const auto count = in.varint();
    const auto base = wide(batch.clock.wall_ms) - wide(unzigzag(in.varint()));
    if (in.failed() || count > most_records || count > last_seq || count > in.left() * records_a_byte)
        return damaged("head");
    const auto bytes = in.take(in.left());
    if (count == 0) {
        if (!bytes.empty()) return damaged("length");
        return batch;
    }
    BatchReader reader(bytes, base, text_at_least + text_a_byte * bytes.size());
    if (!reader.read(last_seq - count + 1, count, batch.records)) return damaged("readings");
    const auto rest = bytes.substr(reader.bytes_read());
    if (std::any_of(rest.begin(), rest.end(), [](char byte) { return byte != 0; })) return damaged("length");
    return batch;
}

}  // namespace tidegate::store
