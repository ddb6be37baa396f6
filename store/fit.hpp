#pragma once

#include "store/history.hpp"
#include "store/reading.hpp"

#include <cstdint>
#include <vector>

namespace tidegate::store {

// One series' readings as they fit into `query.points`: as they are, or in buckets of `width_ms`. Takes them
// one by one, rising in time, and never holds more than the answer can have.
class Fit {
public:
    Fit(const HistoryQuery& query, std::int64_t width_ms);

    void add(Point point);
    SeriesHistory take(SeriesId series);

private:
    struct Bucket {
        std::int64_t start_ms;
        double least, most, sum;
        std::uint64_t count;
        std::int64_t last_ms;
        Value last;
    };

    void add_to_bucket(const Point& point);
    SeriesHistory as_they_are();
    SeriesHistory last_texts();
    SeriesHistory in_buckets() const;

    std::int64_t from_ms_;
    std::int64_t width_ms_;
    std::size_t most_;
    bool all_fit_ = true;
    bool text_ = false;
    std::vector<Point> points_;  // while all fit
    std::vector<Bucket> buckets_;
};

}  // namespace tidegate::store
