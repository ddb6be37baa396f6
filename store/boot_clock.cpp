#include "store/boot_clock.hpp"

#include "base/log.hpp"
#include "store/checksum.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

namespace tidegate::store {

namespace {

constexpr std::int64_t jump_ms = 50;     // less is the time between two looks at two clocks
constexpr std::int64_t slack_ms = 2000;  // the flag follows the clock once a second
constexpr std::size_t eras_kept = 8;

bool flagged(std::uint8_t flags)
{
    return (flags & flag::unsynchronised) != 0;
}

std::uint8_t unflagged(std::uint8_t flags)
{
    return static_cast<std::uint8_t>(flags & ~flag::unsynchronised);
}

}  // namespace

std::uint64_t boot_id()
{
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    file >> text;
    const auto high = static_cast<std::uint64_t>(crc32c(text)) << 32U;
    return high | crc32c(text + "boot");
}

BootClock::BootClock(ClockSource source, std::chrono::milliseconds patience, const BatchClock& last)
    : source_(std::move(source)),
      patience_ms_(patience.count()),
      boot_(source_.boot_id ? source_.boot_id() : boot_id())
{
    const auto offset = last.wall_ms - last.boot_ms;
    if (last.boot == boot_) {
        eras_.push_back({offset, 0, last.boot_ms});
        if (last.synchronised) known_ = offset;
        floor_ms_ = offset;
    } else if (last.boot != 0) {
        floor_ms_ = last.wall_ms;  // this boot began later than that
        floor_known_ = last.synchronised;
    }
    (void)read();
}

bool BootClock::jumped(std::int64_t offset) const
{
    return eras_.empty() || std::abs(offset - eras_.back().offset_ms) > jump_ms;
}

std::int64_t BootClock::frame_ms(std::int64_t boot, std::int64_t offset, bool synchronised) const
{
    if (known_) return synchronised ? offset : *known_;
    // A clock of a gateway without NTP, set by hand, is never called right, and is followed. One that is
    // impossible, or earlier than what is known, is not.
    const bool wrong = floor_known_ || boot + offset < impossible_before_ms;
    return wrong ? std::max(offset, floor_ms_) : offset;
}

void BootClock::set(std::int64_t offset_ms)
{
    std::size_t batches = 0;
    for (const auto& frame : std::exchange(frames_, {})) {
        if (told_) told_({frame.first, frame.last, offset_ms - frame.offset_ms});
        ++batches;
    }
    if (batches > 0)
        log::info("the clock is set: the readings of this boot before that are put right stretches={}",
                  batches);
    known_ = offset_ms;
}

BatchClock BootClock::read()
{
    const std::scoped_lock lock(mutex_);
    const auto boot = source_.boot_ms();
    const auto offset = source_.wall_ms() - boot;
    const bool synchronised = source_.synchronised();
    if (jumped(offset)) {  // at some time since the last look
        const auto from = eras_.empty() ? 0 : std::exchange(eras_.back().to_ms, boot);
        eras_.push_back({offset, from, boot});
    }
    if (eras_.size() > eras_kept) eras_.erase(eras_.begin());
    auto& era = eras_.back();
    era.to_ms = boot;
    if (synchronised && !known_) set(era.offset_ms);
    return {boot_, boot, boot + frame_ms(boot, era.offset_ms, synchronised), known_.has_value()};
}

BatchClock BootClock::now() const
{
    const std::scoped_lock lock(mutex_);
    const auto boot = source_.boot_ms();
    const auto offset = source_.wall_ms() - boot;
    const auto frame =
        frame_ms(boot, jumped(offset) ? offset : eras_.back().offset_ms, source_.synchronised());
    return {boot_, boot, boot + frame, known_.has_value()};
}

bool BootClock::settled() const
{
    const std::scoped_lock lock(mutex_);
    return known_ || source_.boot_ms() >= patience_ms_;
}

void BootClock::put_right(std::vector<Reading>& readings, const BatchClock& clock) const
{
    const std::scoped_lock lock(mutex_);
    for (auto& reading : readings) {
        if (!flagged(reading.flags)) continue;
        // The latest time without a jump in which the clock could have said so.
        const auto era = std::find_if(eras_.rbegin(), eras_.rend(), [&](const Era& one) {
            const auto arrived = reading.time_ms - one.offset_ms;
            return arrived >= one.from_ms - slack_ms && arrived <= one.to_ms + slack_ms;
        });
        if (era == eras_.rend()) continue;  // of no clock of this boot
        reading.time_ms += clock.wall_ms - clock.boot_ms - era->offset_ms;
        if (clock.synchronised) reading.flags = unflagged(reading.flags);
    }
}

bool BootClock::put_right(DecodedBatch& batch) const
{
    if (batch.clock.synchronised) return false;
    std::optional<std::int64_t> offset;
    {
        const std::scoped_lock lock(mutex_);
        if (batch.clock.boot == boot_) {
            offset = known_;
        } else if (const auto found = boots_.find(batch.clock.boot); found != boots_.end()) {
            offset = found->second;
        }
    }
    if (!offset) return false;
    const auto shift = *offset - (batch.clock.wall_ms - batch.clock.boot_ms);
    bool any = false;
    for (auto& record : batch.records) {
        if (!flagged(record.reading.flags)) continue;
        record.reading.time_ms += shift;
        record.reading.flags = unflagged(record.reading.flags);
        any = true;
    }
    return any;
}

void BootClock::committed(const BatchClock& clock, std::uint64_t first, std::uint64_t last)
{
    if (clock.synchronised || clock.boot != boot_ || first > last) return;
    const std::scoped_lock lock(mutex_);
    const auto offset = clock.wall_ms - clock.boot_ms;
    if (!frames_.empty() && frames_.back().offset_ms == offset && frames_.back().last + 1 == first)
        frames_.back().last = last;
    else
        frames_.push_back({first, last, offset});
}

std::uint64_t BootClock::first_waiting() const
{
    const std::scoped_lock lock(mutex_);
    return frames_.empty() ? 0 : frames_.front().first;
}

bool BootClock::asked(std::uint64_t boot) const
{
    const std::scoped_lock lock(mutex_);
    return boots_.contains(boot);
}

void BootClock::learn(std::uint64_t boot, std::optional<std::int64_t> offset_ms)
{
    const std::scoped_lock lock(mutex_);
    boots_[boot] = offset_ms;
    // Of this boot, too, the first batch after the clock was set decides, not a later jump.
    if (boot == boot_ && offset_ms) known_ = offset_ms;
}

}  // namespace tidegate::store
