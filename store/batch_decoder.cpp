#include "store/batch_decoder.hpp"

#include <optional>
#include <utility>

namespace tidegate::store::batch {

const std::string* TextReader::get(bool first, BitReader& in)
{
    if (first || in.get(1) != 0) {
        before_ = static_cast<std::size_t>(in.get(static_cast<unsigned>(std::bit_width(words_.size()))));
        if (before_ == words_.size() && !get_word(in)) return nullptr;
    }
    if (before_ >= words_.size() || words_[before_].size() > most_) return nullptr;
    most_ -= words_[before_].size();
    return &words_[before_];
}

bool TextReader::get_word(BitReader& in)
{
    const auto length = in.rice(text_length_parameter);
    if (length > bytes_ - in.bytes_read()) return false;
    auto& word = words_.emplace_back(length, '\0');
    for (auto& letter : word) letter = static_cast<char>(in.get(8));
    return true;
}

bool Decoder::read(std::uint64_t first_seq, std::size_t count, std::vector<Record>& records)
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

bool Decoder::get_series(SeriesId series, std::span<Record> records)
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

std::uint8_t Decoder::get_flags()
{
    if (flags_left_ == 0) {
        flags_ = static_cast<std::uint8_t>(in_.get(8));
        flags_left_ = get_plain(in_);
    } else
        --flags_left_;
    return flags_;
}

std::uint8_t Decoder::get_class()
{
    std::size_t rank = 0;
    while (rank + 1 < codes_.by_rank.size() && in_.get(1) != 0) ++rank;
    return codes_.by_rank[rank];
}

bool Decoder::get_value(std::uint8_t value_class, bool first, Value& value)
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
        value.emplace<double>(static_cast<double>(number) / powers_of_ten[value_class - decimal]);
    return true;
}

}  // namespace tidegate::store::batch
