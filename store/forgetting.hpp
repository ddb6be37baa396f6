#pragma once

#include "base/error.hpp"
#include "store/gaps.hpp"
#include "store/sealed_path.hpp"
#include "store/series_ages.hpp"
#include "store/series_table.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>

namespace tidegate::store {

// Lets go of single series that are not to be kept as long as history is: readings, minutes and hours, in
// whole UTC days. A file that has any of them is written once more without them and moved into the place of
// the old one, so a crash leaves one or the other; what is in no file with such series costs nothing but that
// it is read once. Each file that became shorter is a gap ("age"). Readings that an upstream is owed wait
// until it has them.
//
// How far it has come is in the file "ages" of the data directory. Used by the sealer's thread.
class Forgetting {
public:
    Forgetting(std::filesystem::path directory, const SeriesTable& series, GapBook& gaps);

    void use(SeriesAges ages);

    // Goes through one file, where there is one to be gone through. `sent`: every upstream has the log up to
    // this seq. Errors: those of the files; a file is tried again at the next call.
    Result<> step(std::int64_t now_ms, std::uint64_t sent);
    std::optional<std::int64_t> damaged_day() const { return damaged_; }  // that the last step() found

    void sealed(std::int64_t day);  // readings of it came: they may have come too late

private:
    struct File {
        Tier tier;
        std::int64_t period;
    };
    using Gone = std::function<bool(SeriesId series, std::int64_t day)>;

    void plan(std::int64_t today);
    void finish();
    Gone gone(std::int64_t today) const;
    Result<> go_through(const File& file, std::int64_t today, std::uint64_t sent);
    void load();
    void save() const;

    std::filesystem::path directory_;
    const SeriesTable& series_;
    GapBook& gaps_;
    SeriesAges ages_;
    std::map<std::int64_t, std::int64_t> through_;  // by age in days: the last day that was gone through
    std::deque<File> files_;                        // to be gone through now
    std::map<std::int64_t, std::int64_t> wanted_;   // what through_ is when they were
    std::int64_t waits_ = std::numeric_limits<std::int64_t>::max();  // the first day that is not sent yet
    std::optional<std::int64_t> damaged_;
};

}  // namespace tidegate::store
