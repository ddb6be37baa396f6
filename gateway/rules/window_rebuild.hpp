#pragma once

#include "base/error.hpp"
#include "gateway/rules/windows.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>

namespace tidegate::gateway {

// What the rules say of a series; valid as long as they are.
using WindowSpecs = std::function<std::span<const WindowSpec>(store::SeriesId)>;

// After the state log was lost (a power cut): opens the windows again that were open, with the readings that
// the store has of them. Which were: those behind the last one that has a result, as far back as a reading of
// the last moment would have left them open. What a rule keeps from the store (deadband, summaries) is
// missing in them. What ended meanwhile is added to the batch. Gives the number of readings that it took.
//
// It reads as much as the widest windows hold, some million readings a second. `stop` ends it (unavailable).
Result<std::uint64_t> rebuild_windows(store::Store& store,
                                      const WindowSpecs& specs_of,
                                      Windows& windows,
                                      const Moment& moment,
                                      store::Batch& batch,
                                      const std::stop_token& stop);

}  // namespace tidegate::gateway
