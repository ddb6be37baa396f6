#pragma once

#include "support/crash_load.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace tidegate::tests {

// One moment of a recording at which the power goes.
struct Cut {
    std::size_t position = 0;  // so many operations were done
    Loss loss = Loss::all;
    std::uint64_t seed = 0;
};

struct Verdict {
    std::string fault;  // empty: all is as promised
    std::uint64_t tail = 0;
    double lost_ms = 0;  // how long ago the oldest lost batch had been committed
    std::uint64_t lost_batches = 0;
};

// The highest value of a kind of fact that was so when the power went.
std::uint64_t highest_known(const Recording& recording,
                            const Cut& cut,
                            Fact::Kind kind,
                            const std::string& upstream = {});

enum class Bound { kept, off };  // off: the disk gave errors, so that only what flush() confirmed is promised

// Opens what a cut left in `options.directory`, looks at all of it, and goes on with it for a little.
Verdict examine(const store::StoreOptions& options, const Recording& recording, const Cut& cut, Bound bound);

}  // namespace tidegate::tests
