#pragma once

#include "base/error.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store {

// The clocks at the moment of a commit: with them a later start can put the times of this boot right.
struct BatchClock {
    std::uint64_t boot = 0;  // from the kernel's boot id
    std::int64_t boot_ms = 0;
    std::int64_t wall_ms = 0;
    bool synchronised = false;
};

struct DecodedBatch {
    BatchClock clock;
    std::vector<Record> records;
};

// A commit group as one checked blob of columns, grouped by series (docs/store-format.md, "Batches").
// `ordered` must be sorted by series, arrival order kept within each; the first gets seq `last_seq - count +
// 1`.
std::string encode_ordered(std::span<const Reading* const> ordered,
                           std::uint64_t last_seq,
                           const BatchClock& clock);

// The same of readings that lie in that order.
std::string encode_batch(std::span<const Reading> readings, std::uint64_t last_seq, const BatchClock& clock);

// Whether a blob is as it was written; for less than what decoding costs.
bool batch_is_sound(std::string_view blob, std::uint64_t last_seq);

// Any bytes are safe to give; `last_seq` is the row's key and part of what the checksum covers.
Result<DecodedBatch> decode_batch(std::string_view blob, std::uint64_t last_seq);

}  // namespace tidegate::store
