#pragma once

#include "store/reading.hpp"
#include "store/sealed_path.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::store {

// What went of one sealed round, or of one upstream's stretch of it. To be sent, its readings had the seqs
// from `first_seq` on, series by series.
struct GapPart {
    std::uint64_t first_seq = 0;  // 0: they had none
    std::int64_t from_ms = 0, to_ms = 0;
    std::vector<std::pair<SeriesId, std::uint64_t>> series;  // rising ids, how many of each
};

// Something that was kept is kept no more, or only in part; or an upstream does not get it.
struct Gap {
    std::uint64_t id = 0;  // rises; 0: it could not be written down yet
    std::int64_t at_ms = 0;
    Tier of = Tier::readings;        // what `count` counts
    std::int64_t resolution_ms = 0;  // of what the store has instead, a minute or an hour; 0: nothing
    std::string reason;              // "bytes", "age", "disk": a bound; "damage"; "refused" by the upstream
    std::string upstream;            // that does not get it; empty: it is about history
    std::int64_t from_ms = 0;        // the range of their times; 0 to 0 where it is not known
    std::int64_t to_ms = 0;          // inclusive
    std::uint64_t count = 0;
    std::uint64_t first_seq = 0, last_seq = 0;  // of an upstream's gap, all between them; else the outermost
    std::vector<GapPart> parts;                 // empty: of which series is not known
};

std::uint64_t count_of(const GapPart& part);

// How much of a gap is of one series; 0: none, or not known.
std::uint64_t count_of(const Gap& gap, SeriesId series);

// What of `before` is not in `after` any more: accounts of one file, before it was mended and after it.
Gap lost_between(const Gap& before, const Gap& after);

}  // namespace tidegate::store
