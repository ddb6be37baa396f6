#include "store/history_plan.hpp"

#include <algorithm>

namespace tidegate::store {

namespace {

std::int64_t divide_up(std::int64_t value, std::int64_t by)
{
    return (value + by - 1) / by;
}

}  // namespace

HistoryPlan plan(const HistoryQuery& query)
{
    const auto span = query.to_ms - query.from_ms;
    const auto points = static_cast<std::int64_t>(std::min<std::size_t>(query.points, 1'000'000));
    const auto suits = [&](Tier tier) { return span / width_ms(tier) >= divide_up(points, 2); };
    HistoryPlan plan;
    plan.tier = suits(Tier::hours) ? Tier::hours : suits(Tier::minutes) ? Tier::minutes : Tier::readings;
    const auto unit = plan.tier == Tier::readings ? 1 : width_ms(plan.tier);
    plan.start_ms = query.from_ms / unit * unit;
    plan.end_ms = divide_up(query.to_ms, unit) * unit;
    plan.width_ms = divide_up(divide_up(plan.end_ms - plan.start_ms, points), unit) * unit;
    return plan;
}

}  // namespace tidegate::store
