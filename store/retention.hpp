#pragma once

#include "base/error.hpp"
#include "store/gaps.hpp"
#include "store/sealed_path.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace tidegate::store {

// What is in a file, as a gap tells it. What cannot be read of it is left out.
Gap account(const std::filesystem::path& directory, Tier tier, std::int64_t period);

// Keeps sealed history within its bounds: age, bytes, and what must stay free on the disk. Beyond the bytes,
// history is thinned before it is dropped, oldest first, and what is still owed to an upstream goes last:
//   1. readings of whole days that are sent, to minutes;  2. minutes of days without readings, to hours;
//   3. hours of months without either;                    4. readings that are not sent, to minutes.
// Today is never touched. Each step is a gap. Whole files are deleted: that needs no room, and writes nothing
// but the few readings that have no minutes. Used by the sealer thread.
class Retention {
public:
    Retention(const StoreOptions& options, GapBook& gaps) : options_(options), gaps_(gaps) {}

    // `sent`: every upstream has the log up to this seq. Gives the bytes of all sealed files that are left.
    // By age nothing goes while the clock is not synchronised.
    Result<std::uint64_t> keep_bounds(std::int64_t now_ms, bool clock_synchronised, std::uint64_t sent);

    // A day whose files keep_bounds() has found damaged: to be mended before it is called again.
    std::optional<std::int64_t> take_damaged() { return std::exchange(damaged_, std::nullopt); }

private:
    using Files = std::map<std::int64_t, std::filesystem::path>;
    struct Step {
        Tier tier;
        std::int64_t period;
    };

    Result<> drop_aged(std::int64_t today);
    std::optional<Step> next_step(std::int64_t today, std::uint64_t sent) const;
    Result<> take(const Step& step, std::string_view reason, std::uint64_t sent);
    void give_up(const std::filesystem::path& path, Gap gap);
    std::uint64_t bytes() const;        // of all sealed files
    std::string_view pressure() const;  // empty: within the bounds
    Files files(Tier tier) const { return sealed_files(options_.directory, tier); }

    const StoreOptions& options_;
    GapBook& gaps_;
    std::optional<std::int64_t> damaged_;
};

}  // namespace tidegate::store
