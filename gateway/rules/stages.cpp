#include "gateway/rules/stages.hpp"

#include "base/clock.hpp"

namespace tidegate::gateway {

Stages::Stages(store::SeriesTable& series, std::size_t most_series, StateLogOptions log)
    : log_(std::move(log)),
      derived_(series, most_series),
      summaries_(series, derived_, log_, boot_ms())
{
}

void Stages::take(store::Reading reading, const Settings& settings, bool event, Outcome& outcome)
{
    auto& books = outcome.batch.books;
    if (!event && !settings.event) {
        if (const auto why = changes_.judge(reading, settings)) {
            ++books.read;
            ++books.suppressed.at(static_cast<std::size_t>(*why));
            return outcome.show_only(std::move(reading));
        }
        if (settings.rate.count() > 0 && !summaries_.take(reading, settings.rate, boot_ms(), outcome)) return;
    }
    ++books.read;
    ++books.stored_readings;
    outcome.store(std::move(reading));
}

void Stages::close_due(Outcome& outcome)
{
    summaries_.close_due(boot_ms(), outcome);
}

void Stages::seal(store::Batch& batch, const store::IntakePosition& position)
{
    summaries_.save();
    log_.seal(position);
    batch.intake = position;
}

}  // namespace tidegate::gateway
