#pragma once

#include "store/history.hpp"
#include "store/rollup.hpp"

#include <cstdint>
#include <vector>

namespace tidegate::store {

// One series' readings as they fit into `most`: as they are, or in buckets of `width_ms` from `start_ms` on.
// Takes them rising in time, one by one or rolled up, and never holds more than the answer can have.
class Fit {
public:
    Fit(std::size_t most, std::int64_t start_ms, std::int64_t width_ms);

    void add(Point point);
    void add(const Rollup& rollup);  // whose period lies in one bucket; the answer is then never raw
    SeriesHistory take(SeriesId series);

private:
    Rollup& bucket_at(std::int64_t time_ms);
    SeriesHistory as_they_are();
    SeriesHistory last_texts();
    SeriesHistory in_buckets() const;

    std::size_t most_;
    std::int64_t start_ms_;
    std::int64_t width_ms_;
    bool all_fit_ = true;
    bool text_ = false;
    std::vector<Point> points_;  // while all fit
    std::vector<Rollup> buckets_;
};

}  // namespace tidegate::store
