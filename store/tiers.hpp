#pragma once

#include "base/error.hpp"
#include "store/sealed_file.hpp"
#include "store/series_table.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tidegate::store {

// The minutes and the hours of one round of a day.
struct RolledRound {
    std::int64_t n = 0;
    std::vector<SealedRow> minutes, hours;

    // A series' points of the round and the day, in any order; they are left sorted, without repeats.
    void add(SeriesId series, std::int64_t day, std::vector<Point>& points);
};

// The highest number of a round that a day has in any tier: one that was thinned keeps its own.
Result<std::int64_t> last_round(const std::filesystem::path& directory, std::int64_t day);

// Up to which seq readings of a day are sealed, in whatever tier they are kept now. Errors: corrupt, of the
// finest there is.
Result<std::uint64_t> sealed_through(const std::filesystem::path& directory, std::int64_t day);

// Brings the minutes and the hours of a UTC day up to the rounds that its file of readings holds. What a
// crash cut short is made good by calling it again. Minutes are made only of a series' part that has four
// readings or more in each: of slower ones the readings themselves are as short. `series`: for the names
// beside the hours. `fresh`: of the round that was sealed just now, which need not be read again for it. Used
// by the sealer thread.
Result<> roll_day(const std::filesystem::path& directory,
                  std::int64_t day,
                  const SeriesTable& series,
                  const RolledRound& fresh = {});

// Sets the damaged ones of a day's files aside, keeps what can be read of them, and makes minutes and hours
// that are lost anew where the readings are there. Gives a line for each file that was damaged.
Result<std::vector<std::string>> mend_day(const std::filesystem::path& directory,
                                          std::int64_t day,
                                          const SeriesTable& series);

}  // namespace tidegate::store
