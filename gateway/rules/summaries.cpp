#include "gateway/rules/summaries.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <limits>

namespace tidegate::gateway {

namespace {

// What was on its way when an interval ended still counts.
constexpr std::int64_t grace_ms = 250;
// What is in the rings at a start comes first.
constexpr std::int64_t grace_at_start_ms = 2000;
constexpr std::int64_t refusals_logged_every_ms = 60'000;

StateKey key_of(store::SeriesId series)
{
    return {StateKind::summary, series, 0};
}

}  // namespace

Summaries::Summaries(store::SeriesTable& series, DerivedSeries& derived, StateLog& log, std::int64_t now_ms)
    : series_(series),
      derived_(derived),
      log_(log)
{
    const auto wall = wall_ms();
    std::vector<store::SeriesId> broken;
    log_.each(StateKind::summary, [&](const StateKey& key, std::string_view bytes) {
        store::ByteReader in(bytes);
        auto summary = Summary::read(in);
        if (!summary) return broken.push_back(key.series);
        const auto left_ms = std::clamp<std::int64_t>(summary->end_ms() - wall, 0, summary->interval_ms());
        begin(key.series, std::move(*summary), now_ms + std::max(left_ms + grace_ms, grace_at_start_ms));
    });
    for (const auto one : broken) log_.erase(key_of(one));
    if (!broken.empty())
        log::warning("summaries of {} series are of another version, and were not gone on with",
                     broken.size());
}

bool Summaries::take(const store::Reading& reading,
                     std::chrono::milliseconds rate,
                     std::int64_t now_ms,
                     Outcome& outcome)
{
    const auto found = open_.find(reading.series);
    if (found != open_.end()) {
        auto& open = found->second;
        if (open.summary.interval_ms() == rate.count() && open.summary.covers(reading.time_ms)) {
            const auto let_go = open.summary.fold({reading.time_ms, reading.value, reading.flags});
            outcome.batch.books.read += let_go;
            outcome.batch.books.summarised += let_go;
            mark(reading.series, open);
            outcome.show_only(reading);
            return false;
        }
        close(found, outcome);
    }
    Summary summary(reading, rate.count());
    const auto due_ms = now_ms + summary.end_ms() - reading.time_ms + grace_ms;
    begin(reading.series, std::move(summary), due_ms);
    return true;
}

void Summaries::begin(store::SeriesId series, Summary summary, std::int64_t due_ms)
{
    open_.emplace(series, Open{std::move(summary), due_ms});
    due_.emplace(due_ms, series);
    changed_.push_back(series);
}

void Summaries::mark(store::SeriesId series, Open& open)
{
    if (open.changed) return;
    open.changed = true;
    changed_.push_back(series);
}

std::int64_t Summaries::next_due_ms() const
{
    return due_.empty() ? std::numeric_limits<std::int64_t>::max() : due_.begin()->first;
}

void Summaries::close_due(std::int64_t now_ms, Outcome& outcome)
{
    for (std::size_t i = 0; i < most_at_once && next_due_ms() <= now_ms; ++i)
        close(open_.find(due_.begin()->second), outcome);
}

void Summaries::close(Place place, Outcome& outcome)
{
    const auto& [series, open] = *place;
    auto& books = outcome.batch.books;
    for (auto& point : open.summary.held()) {
        ++books.read;
        ++books.stored_readings;
        outcome.store_only({series, point.time_ms, std::move(point.value), point.flags});
    }
    if (open.summary.count() > 1) store_derived(series, open.summary, outcome);
    due_.erase({open.due_ms, series});
    changed_.push_back(series);
    open_.erase(place);
}

void Summaries::store_derived(store::SeriesId series, const Summary& summary, Outcome& outcome)
{
    const auto source = series_.get(series);
    if (!source) return;
    const auto store = [&](const Derived& what, store::Value value) {
        const auto id = derived_.of(*source, what);
        if (id == 0) return false;
        ++outcome.batch.books.derived;
        outcome.store({id, summary.first_ms(), std::move(value), summary.flags()});
        return true;
    };
    const auto count = static_cast<std::int64_t>(summary.count());
    const bool both = store({"@summary/count", "count", false}, count) &&
                      store({"@summary/mean", "mean", true}, summary.mean());
    if (both || boot_ms() - refusal_logged_ms_ < refusals_logged_every_ms) return;
    refusal_logged_ms_ = boot_ms();
    log::warning("no series for the summaries of {}: limits.series is reached", log::quoted(source->topic));
}

void Summaries::save()
{
    for (const auto series : changed_) {
        const auto found = open_.find(series);
        if (found == open_.end()) {
            log_.erase(key_of(series));
            continue;
        }
        if (!found->second.changed) continue;  // it is in `changed_` twice
        found->second.changed = false;
        store::ByteWriter out;
        found->second.summary.write(out);
        log_.put(key_of(series), out.take());
    }
    changed_.clear();
}

}  // namespace tidegate::gateway
