#pragma once

#include "store/chunk_codec.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::store {

// A copy of what a HotSeries holds, to be looked at while that goes on.
struct HotCopy {
    std::int64_t base_ms = 0;
    std::size_t coded_count = 0;
    std::string coded;
    std::vector<Point> tail;

    // Appends those with from <= time < to; of the same time, in order of arrival.
    void give(std::int64_t from_ms, std::int64_t to_ms, std::vector<Point>& points) const;
};

// A value in two words.
struct RawValue {
    std::uint64_t bits;  // of a text, its place in a list of texts
    std::uint8_t kind;   // index in Value

    RawValue(std::uint64_t its_bits, std::uint8_t its_kind) : bits(its_bits), kind(its_kind) {}
    RawValue(const Value& value, std::vector<std::string>& texts);  // puts a text at the end of them
    bool is_text() const { return kind == 3; }
};

// One series' points of one UTC day in memory, coded as they will be sealed: a block as soon as there is one.
// So a point is coded once, and takes one or two bytes from then on. Blocks follow one another as they came;
// within one, points rise in time.
class HotSeries {
public:
    explicit HotSeries(std::int64_t day_start_ms) : base_ms_(day_start_ms) {}

    // Takes a text out of `texts`. Gives how many bytes more it holds.
    std::ptrdiff_t add(std::int64_t time_ms,
                       RawValue value,
                       std::uint8_t flags,
                       std::vector<std::string>& texts);

    std::size_t count() const { return (more_ ? more_->coded_count : 0) + tail_.size(); }
    std::int64_t least_ms() const { return base_ms_ + least_after_ms_; }  // when there are any
    std::int64_t most_ms() const { return base_ms_ + most_after_ms_; }
    std::size_t bytes() const;  // of memory, without itself

    HotCopy copy() const;
    std::string encode() const;  // all of it: a chunk from the start of the day

private:
    struct Raw {
        std::uint32_t after_ms;  // the start of the day
        std::uint8_t kind, flags;
        std::uint64_t bits;  // as in RawValue, of More::texts
    };

    // What a series of a few numbers has no need of: with a hundred thousand of them that is most of what
    // they would take.
    struct More {
        explicit More(std::int64_t base_ms) : encoder(base_ms) {}

        std::size_t coded_count = 0;
        std::string coded;
        std::vector<std::string> texts;
        std::size_t text_bytes = 0;
        ChunkEncoder encoder;
    };

    More& more();
    void keep(std::int64_t time_ms, RawValue value, std::uint8_t flags);
    void pack();
    std::vector<Point> tail() const;

    std::vector<Raw> tail_;
    std::unique_ptr<More> more_;
    std::int64_t base_ms_;
    std::uint32_t least_after_ms_ = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t most_after_ms_ = 0;
};

}  // namespace tidegate::store
