#pragma once

#include "base/error.hpp"
#include "store/points_codec.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store {

// Points of one series as a run of blocks (docs/store-format.md, "Chunks"): times and values are predicted
// from those before, and what the prediction misses is Rice coded, with the predictor that fits best chosen
// block by block. Every value comes back bit for bit. A chunk grows by blocks: what is encoded is never
// touched again.
inline constexpr std::size_t block_points = 128;

// What the points so far say about the next one. Encoder and decoder go through the same states.
class ChunkModel {
public:
    explicit ChunkModel(std::int64_t base_ms) : last_ms_(base_ms), grid_ms_(base_ms) {}

    enum class Time : std::uint8_t { interval, change, grid };
    enum class Number : std::uint8_t { last, mean, line, pair };
    static constexpr std::size_t times = 3;
    static constexpr std::size_t numbers = 4;

    // All wrap around, so that every 64-bit number can be predicted from every other.
    std::int64_t next_time(Time by) const;
    void saw_time(std::int64_t time_ms);
    std::int64_t next_number(Number by) const;
    void saw_number(std::int64_t number);

    std::int64_t step_ms() const { return step_ms_; }
    void set_step(std::int64_t step_ms) { step_ms_ = step_ms; }

    // The numbers of another kind, or with other decimals, tell nothing about the next.
    void set_class(std::uint8_t number_class);
    std::uint8_t number_class() const { return class_; }

private:
    std::int64_t last_ms_, grid_ms_;
    std::int64_t change_ms_ = 0;
    std::int64_t step_ms_ = 0;
    bool any_time_ = false;

    std::int64_t last_ = 0, before_ = 0;
    std::int64_t mean_ = 0;  // in sixteenths
    bool any_number_ = false;
    std::uint8_t class_ = 0xff;
};

class ChunkEncoder {
public:
    explicit ChunkEncoder(std::int64_t base_ms) : model_(base_ms) {}

    // Adds blocks for all of `points`, in their order, to `out`. Any order of times is right; rising is
    // short.
    void add(std::span<const Point> points, std::string& out);

private:
    ChunkModel model_;
};

// The other way: appends to `points`. Any bytes are safe to give: what is not a run of blocks is `corrupt`,
// never read out of bounds, and never makes more than `most` points, nor much more memory than they need.
Result<> decode_chunk(std::string_view bytes,
                      std::int64_t base_ms,
                      std::size_t most,
                      std::vector<Point>& points);

}  // namespace tidegate::store
