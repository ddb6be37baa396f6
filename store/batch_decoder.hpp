#pragma once

#include "store/batch_codes.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store::batch {

// The other way of TextWriter.
class TextReader {
public:
    // `bytes`: of the whole input. `most`: bytes of text that it may give in all.
    TextReader(std::size_t bytes, std::size_t most) : bytes_(bytes), most_(most) {}

    const std::string* get(bool first, BitReader& in);  // null when it cannot be

private:
    bool get_word(BitReader& in);

    std::vector<std::string> words_;
    std::size_t before_ = 0;
    std::size_t bytes_;
    std::size_t most_;
};

class Decoder {
public:
    Decoder(std::string_view bytes, std::uint64_t base, std::size_t most_text)
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

}  // namespace tidegate::store::batch
