#pragma once

#include "base/error.hpp"
#include "store/chunk_model.hpp"
#include "store/reading.hpp"

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
inline constexpr std::size_t block_points = 256;

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
