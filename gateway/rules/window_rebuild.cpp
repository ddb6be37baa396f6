#include "gateway/rules/window_rebuild.hpp"

#include "base/units.hpp"
#include "store/archive.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <vector>

namespace tidegate::gateway {

namespace {

// One series' windows of one width.
struct Plan {
    WindowSpec spec;
    std::int64_t from_ms = 0;              // windows that start before have their result
    std::optional<store::Point> before{};  // the last reading before that
    bool resumed = false;
};

// Behind the last result, if there is one.
std::int64_t closed_ms(store::Store& store, const store::Series& source, const WindowSpec& spec)
{
    std::int64_t closed = 0;
    const auto width = format_duration(std::chrono::milliseconds(spec.width_ms));
    for (std::size_t i = 0; i < statistic_count; ++i) {
        const auto field = fmt::format("{}@{}/{}", source.field, width, to_string(static_cast<Statistic>(i)));
        const auto id = store.series().find(source.topic, field);
        if (!id) continue;
        const auto latest = store.live().get(*id);
        if (latest.series != 0) closed = std::max(closed, latest.time_ms + spec.width_ms);
    }
    return closed;
}

std::vector<Plan> plans_of(store::Store& store,
                           const store::Series& series,
                           std::span<const WindowSpec> specs)
{
    std::vector<Plan> plans;
    const auto latest = store.live().get(series.id);
    if (latest.series == 0) return plans;
    for (const auto& spec : specs) {
        const auto open = window_start(latest.time_ms - spec.lateness_ms, spec.width_ms);
        plans.push_back({spec, std::max(open, closed_ms(store, series, spec))});
    }
    return plans;
}

class Rebuild {
public:
    Rebuild(store::Store& store, const WindowSpecs& specs_of, Windows& windows, const Moment& moment)
        : store_(store),
          windows_(windows),
          moment_(moment)
    {
        for (store::SeriesId id = 1; id <= store_.series().last(); ++id) {
            const auto specs = specs_of(id);
            if (specs.empty()) continue;
            const auto series = store_.series().get(id).value();
            if (series.of == 0) plans_.emplace(id, plans_of(store_, series, specs));
        }
    }

    Result<std::uint64_t> run(store::Batch& batch, const std::stop_token& stop)
    {
        store::ArchiveQuery query;
        query.wanted = [this](const store::Series& series) { return plans_.contains(series.id); };
        query.from_ms = std::numeric_limits<std::int64_t>::max();
        for (const auto& [id, plans] : plans_)
            for (const auto& plan : plans) query.from_ms = std::min(query.from_ms, begin_of(plan));
        if (query.from_ms == std::numeric_limits<std::int64_t>::max()) return 0;
        const auto archive = store_.archive(query);
        for (;;) {
            const auto stretch = archive->next(stop);
            if (!stretch) return stretch.error();
            if (*stretch == nullptr) break;
            for (auto& plan : plans_[(*stretch)->series]) take(plan, **stretch, batch);
        }
        for (auto& [id, plans] : plans_)
            for (auto& plan : plans) resume(id, plan);
        return taken_;
    }

private:
    // An increase begins with the reading before the window.
    static std::int64_t begin_of(const Plan& plan)
    {
        const bool increases = (plan.spec.statistics & bit(Statistic::increase)) != 0;
        return plan.from_ms - (increases ? plan.spec.width_ms : 0);
    }

    void resume(store::SeriesId series, Plan& plan)
    {
        if (!std::exchange(plan.resumed, true)) windows_.resume(series, plan.spec, plan.from_ms, plan.before);
    }

    void take(Plan& plan, const store::Stretch& stretch, store::Batch& batch)
    {
        for (const auto& point : stretch.readings) {
            if ((point.flags & store::flag::retained) != 0) continue;
            if (point.time_ms < plan.from_ms) {
                plan.before = point;
                continue;
            }
            resume(stretch.series, plan);
            windows_.add({stretch.series, point.time_ms, point.value, point.flags}, {&plan.spec, 1}, moment_,
                         batch);
            ++taken_;
        }
    }

    store::Store& store_;
    Windows& windows_;
    Moment moment_;
    std::map<store::SeriesId, std::vector<Plan>> plans_;
    std::uint64_t taken_ = 0;
};

}  // namespace

Result<std::uint64_t> rebuild_windows(store::Store& store,
                                      const WindowSpecs& specs_of,
                                      Windows& windows,
                                      const Moment& moment,
                                      store::Batch& batch,
                                      const std::stop_token& stop)
{
    return Rebuild(store, specs_of, windows, moment).run(batch, stop);
}

}  // namespace tidegate::gateway
