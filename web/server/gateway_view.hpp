#pragma once

#include "store/series_table.hpp"
#include "web/server/buffer_state.hpp"
#include "web/server/facts.hpp"
#include "web/server/moment.hpp"
#include "web/server/timeline.hpp"

#include <string>

namespace tidegate::web {

// The state of the gateway as JSON: for the live protocol's `gw` and for GET /api/v1/gateway. Web thread.
class GatewayView {
public:
    GatewayView(const Facts& facts, const store::SeriesTable& series)
        : facts_(facts),
          series_(series),
          timeline_(facts.notebook)
    {
    }

    // Once a second: takes a sample for the trend, and returns the `gw` message.
    std::string sample(Moment now);

    int stretch() const { return stretch_; }        // of the intervals of live updates, at the last sample
    std::uint64_t names() const { return names_; }  // grows when more becomes known of series; likewise
    std::string state_json(Moment now);             // the same without `k`
    std::string upstreams_json(Moment now);         // {"upstreams":[…]}
    std::string timeline_json() const { return timeline_.json(); }

private:
    std::string write(const GatewayFacts& facts, Moment now, bool as_message);

    const Facts& facts_;
    const store::SeriesTable& series_;
    FillTrend trend_;
    Timeline timeline_;
    int stretch_ = 1;
    std::uint64_t names_ = 0;
};

// GET /api/v1/books: the accounts as committed, all of one moment.
std::string books_json(const store::StoreState& state);

std::string hex_name(std::uint64_t number);  // of an epoch

}  // namespace tidegate::web
