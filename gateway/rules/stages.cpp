#include "gateway/rules/stages.hpp"

#include "base/clock.hpp"

#include <span>

namespace tidegate::gateway {

Stages::Stages(store::Store& store, RuleSet& rules, StageOptions options)
    : log_(std::move(options.log)),
      derived_(store.series(), options.series),
      windows_(
          store,
          log_,
          [&store, &rules](store::SeriesId id) {
              return std::span<const WindowSpec>(rules.settings_of(id, store.series()).windows);
          },
          derived_),
      summaries_(store.series(), derived_, log_, boot_ms())
{
    if (options.alarm_book != nullptr)
        alarms_.emplace(std::move(options.alarms),
                        AlarmStage::Around{store.series(), store.live(), *options.alarm_book, &log_},
                        derived_);
}

void Stages::use(const std::vector<AlarmSetting>& alarms)
{
    if (alarms_) alarms_->use(alarms);
}

void Stages::look()
{
    windows_.look();
    if (alarms_) alarms_->begin();
}

void Stages::caught_up()
{
    if (alarms_) alarms_->caught_up();
}

void Stages::described(store::SeriesId series)
{
    windows_.described(series);
    if (alarms_) alarms_->described(series);
}

void Stages::take(store::Reading reading, const Settings& settings, const Arrival& arrival, Outcome& outcome)
{
    auto& books = outcome.batch.books;
    const bool in_window =
        !settings.windows.empty() && windows_.see(reading, settings.windows, outcome.batch);
    if (alarms_) alarms_->see(reading, arrival.arrived_ms);
    if (arrival.manner != Manner::event) {
        if (in_window && !settings.keep) {
            ++books.read;
            ++books.summarised;
            return outcome.show_only(std::move(reading));
        }
        if (const auto left_out = why_left_out(reading, settings, arrival.manner)) {
            ++books.read;
            ++books.suppressed.at(static_cast<std::size_t>(*left_out));
            return outcome.show_only(std::move(reading));
        }
        if (settings.rate.count() > 0 && !summaries_.take(reading, settings.rate, boot_ms(), outcome)) return;
    }
    ++books.read;
    ++books.stored_readings;
    outcome.store(std::move(reading));
}

std::optional<store::Suppress> Stages::why_left_out(const store::Reading& reading,
                                                    const Settings& settings,
                                                    Manner manner)
{
    if (manner == Manner::thinned) return store::Suppress::pressure;
    return changes_.judge(reading, settings);
}

void Stages::finish(std::int64_t passed_ms, Outcome& outcome)
{
    windows_.finish(passed_ms, outcome.batch);
    if (alarms_) alarms_->finish(outcome.batch);
    summaries_.close_due(boot_ms(), outcome);
}

void Stages::seal(store::Batch& batch, const store::IntakePosition& position)
{
    summaries_.save();
    log_.seal(position);
    batch.intake = position;
}

}  // namespace tidegate::gateway
