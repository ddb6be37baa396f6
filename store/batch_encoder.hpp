#pragma once

#include "store/batch_codes.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tidegate::store::batch {

// Readings in the order of the log: sorted by series, arrival order kept within each.
using Ordered = std::span<const Reading* const>;

// A reading as it will be written.
struct Cell {
    std::uint64_t time = 0;    // a difference
    std::uint64_t number = 0;  // an integer or a decimal: a difference, but for the first of its run
    std::uint8_t value_class = 0;
    bool first = false;  // of a run: the reading before is of another series or class
};

// Looks at a batch as a whole: what is to be written, and the codes for it.
class Analysis {
public:
    Analysis(Ordered readings, std::uint64_t base_ms);

    std::span<const Cell> cells() const { return cells_; }
    std::span<const std::uint64_t> gaps() const { return gaps_; }        // one a series
    std::span<const std::uint64_t> singles() const { return singles_; }  // one more than there are `more`
    std::span<const std::uint64_t> more() const { return more_; }
    Codes codes() const;

private:
    void take_series(Ordered readings, std::span<Cell> cells);
    void take_times(Ordered readings, std::span<Cell> cells);
    void take_values(Ordered readings, std::span<Cell> cells);
    void take_runs(std::span<Cell> cells);
    std::uint8_t classify(const Value& value, std::uint8_t before, std::uint64_t& number);
    std::uint8_t classify(double value, std::uint8_t before, std::uint64_t& number);

    std::uint64_t base_;
    std::vector<Cell> cells_;
    std::vector<std::uint64_t> gaps_, singles_, more_, first_times_;
    Lengths second_times_;
    AverageLength further_times_;
    std::array<Lengths, classes> first_numbers_;
    std::array<AverageLength, classes> further_numbers_;
    std::array<std::uint32_t, classes> occur_{};
    std::size_t most_decimals_ = 2;
    bool mixed_ = false;
    bool flagged_ = false;
};

// Texts by a dictionary that grows as they come.
class TextWriter {
public:
    void put(const std::string& value, bool first, BitWriter& out);
    std::size_t total() const { return total_; }  // bytes

private:
    std::unordered_map<std::string_view, std::size_t> places_;
    std::size_t before_ = 0;
    std::size_t total_ = 0;
};

class Encoder {
public:
    // At least one reading.
    Encoder(Ordered readings, std::uint64_t base_ms, std::string& out);

    std::size_t write();  // once; gives the bytes of text

private:
    void put_series(std::size_t begin, std::size_t size);
    void put_flags(std::size_t i);
    void put_class(std::uint8_t value_class);
    void put_value(const Cell& cell, const Value& value, AdaptiveRice& numbers);

    Ordered readings_;
    Analysis analysis_;
    Codes codes_;
    std::array<unsigned, classes> rank_{};
    BitWriter out_;
    TextWriter texts_;
    XorCode raws_;
    std::size_t flags_end_ = 0;  // of the run that has been written
};

}  // namespace tidegate::store::batch
