#include "gateway/rules/windows.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/units.hpp"
#include "store/boot_clock.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace tidegate::gateway {

namespace {

constexpr std::size_t most_open = 64;       // of a series and a width
constexpr std::size_t most_at_once = 5000;  // readings of a batch, as the store commits them
constexpr std::int64_t second_ms = 1000;
// A message takes a moment from its time stamp into the ring.
constexpr std::int64_t grace_ms = second_ms;
// Further ahead no reading is believed: the clock was set back.
constexpr std::int64_t ahead_ms = 10 * 60 * second_ms;
constexpr std::int64_t refusal_told_every_ms = 600 * second_ms;
constexpr std::uint8_t form = 1;  // of the state's bytes
constexpr auto never = std::numeric_limits<std::int64_t>::max();

StateKey key_of(store::SeriesId series, const WindowSpec& spec)
{
    return {StateKind::window, series, static_cast<std::uint32_t>(spec.width_ms / second_ms)};
}

}  // namespace

std::int64_t Windows::Track::due_ms(const Open& window) const
{
    return end_ms(window) + spec.lateness_ms + grace_ms;
}

std::string Windows::Track::bytes() const
{
    store::ByteWriter out;
    out.byte(form);
    out.byte(spec.statistics);
    out.signed_varint(spec.lateness_ms);
    out.signed_varint(closed_ms);
    counter.write(out);
    out.varint(open.size());
    for (const auto& window : open) {
        out.signed_varint(window.start_ms);
        window.sum.write(out);
    }
    return out.take();
}

Windows::Windows(store::SeriesTable& series, DerivedSeries& derived, StateLog& log)
    : series_(series),
      derived_(derived),
      log_(log),
      due_ms_(never),
      coming_ms_(never)
{
    log_.each(StateKind::window,
              [this](const StateKey& key, std::string_view bytes) { restore(key, bytes); });
}

void Windows::restore(const StateKey& key, std::string_view bytes)
{
    store::ByteReader in(bytes);
    Track track;
    const bool known = in.byte() == form && key.series <= series_.last();
    track.spec.width_ms = std::int64_t{key.extra} * second_ms;
    track.spec.statistics = in.byte();
    track.spec.lateness_ms = in.signed_varint();
    track.closed_ms = in.signed_varint();
    track.counter = Counter::read(in);
    for (auto count = in.varint(); count > 0 && !in.failed(); --count) {
        const auto start = in.signed_varint();
        track.open.push_back({start, WindowSum::read(in)});
    }
    if (!known || in.failed() || key.extra == 0) {
        log::warning("an open window cannot be read and is left out series={}", key.series);
        return;
    }
    due_ms_ = 0;
    if (key.series >= tracks_.size()) tracks_.resize(key.series + std::size_t{1});
    tracks_[key.series].push_back(std::move(track));
}

Windows::Track& Windows::track_of(store::SeriesId series, const WindowSpec& spec)
{
    if (series >= tracks_.size()) tracks_.resize(series + std::size_t{1});
    auto& tracks = tracks_[series];
    const auto same = [&](const Track& track) { return track.spec.width_ms == spec.width_ms; };
    const auto found = std::ranges::find_if(tracks, same);
    if (found == tracks.end()) return tracks.emplace_back(Track{.spec = spec});
    found->spec = spec;
    return *found;
}

bool Windows::add(const store::Reading& reading,
                  std::span<const WindowSpec> specs,
                  const Moment& moment,
                  store::Batch& batch)
{
    if (specs.empty() || (reading.flags & store::flag::retained) != 0) return false;
    const auto number = number_of(reading.value);
    if (!number) return false;
    const bool unset = (reading.flags & store::flag::unsynchronised) != 0 && !moment.settled;
    if (unset || reading.time_ms < store::impossible_before_ms) {
        ++counts_.unsynchronised;
        return false;
    }
    bool taken = false;
    for (const auto& spec : specs) {
        auto& track = track_of(reading.series, spec);
        if (!add_to(track, reading.time_ms, *number, moment)) continue;
        taken = true;
        mark(reading.series, track);
        while (ended(track, std::min(reading.time_ms, moment.now_ms)) || track.open.size() > most_open)
            close(reading.series, track, track.open.begin(), batch);
    }
    return taken;
}

// False: it comes too late.
bool Windows::add_to(Track& track, std::int64_t time_ms, const Number& number, const Moment& moment)
{
    const auto width = track.spec.width_ms;
    // No window is closed that has not ended: the clock was set back.
    if (moment.settled && moment.now_ms >= store::impossible_before_ms)
        track.closed_ms = std::min(track.closed_ms, window_start(moment.now_ms, width));
    const auto start = window_start(time_ms, width);
    if (start < track.closed_ms) {
        ++counts_.late;
        return false;
    }
    auto at = std::ranges::find_if(track.open, [&](const Open& window) { return window.start_ms >= start; });
    if (at == track.open.end() || at->start_ms != start) {
        at = track.open.insert(at, Open{start, {}});
        due_ms_ = std::min(due_ms_, track.due_ms(*at));
        coming_ms_ = std::min(coming_ms_, track.due_ms(*at));
    }
    at->sum.add(time_ms, number, track.counter.rise(time_ms, number));
    return true;
}

bool Windows::ended(const Track& track, std::int64_t now_ms) const
{
    return !track.open.empty() && track.end_ms(track.open.front()) + track.spec.lateness_ms <= now_ms;
}

void Windows::close(store::SeriesId series, Track& track, std::vector<Open>::iterator at, store::Batch& batch)
{
    // Not what is to be open after it.
    if (at == track.open.begin()) track.closed_ms = std::max(track.closed_ms, track.end_ms(*at));
    const auto window = *at;
    track.open.erase(at);
    mark(series, track);
    look_up_results(series, track);
    for (std::size_t i = 0; i < statistic_count; ++i) {
        const auto statistic = static_cast<Statistic>(i);
        if ((track.spec.statistics & bit(statistic)) == 0) continue;
        if (track.results[i] == 0) {
            ++counts_.refused;
            continue;
        }
        batch.readings.push_back({track.results[i], window.start_ms, window.sum.value(statistic), 0});
        ++batch.books.derived;
    }
}

void Windows::look_up_results(store::SeriesId series, Track& track)
{
    std::optional<store::Series> source;
    for (std::size_t i = 0; i < statistic_count; ++i) {
        const auto statistic = static_cast<Statistic>(i);
        if ((track.spec.statistics & bit(statistic)) == 0 || track.results[i] != 0) continue;
        if (!source) source = series_.get(series);
        if (!source) return;
        const auto width = format_duration(std::chrono::milliseconds(track.spec.width_ms));
        const auto suffix = fmt::format("@{}/{}", width, to_string(statistic));
        track.results[i] = derived_.of(*source, {suffix, fmt::format("{}, {}", to_string(statistic), width),
                                                 statistic != Statistic::count});
        if (track.results[i] == 0) tell_refused();
    }
}

void Windows::tell_refused()
{
    if (refusal_told_ms_ != 0 && boot_ms() - refusal_told_ms_ < refusal_told_every_ms) return;
    refusal_told_ms_ = boot_ms();
    log::warning("limits.series is reached: windows of more series have no results");
}

bool Windows::due(const Moment& moment) const
{
    return moment.settled && (moment.now_ms >= due_ms_ || moment.now_ms + ahead_ms < looked_ms_);
}

void Windows::close_due(const Moment& moment, store::Batch& batch)
{
    if (moment.now_ms + ahead_ms < looked_ms_) close_from_ = 0;  // the clock was set back
    looked_ms_ = moment.now_ms;
    if (close_from_ == 0) coming_ms_ = never;
    for (auto series = std::exchange(close_from_, 0); series < tracks_.size(); ++series)
        for (auto& track : tracks_[series]) {
            while (const auto at = next_due(track, moment.now_ms)) {
                if (batch.readings.size() >= most_at_once) {
                    close_from_ = series;
                    due_ms_ = 0;
                    return;
                }
                close(series, track, *at, batch);
            }
            if (!track.open.empty()) coming_ms_ = std::min(coming_ms_, track.due_ms(track.open.front()));
        }
    due_ms_ = coming_ms_;
}

// One that the clock closes.
std::optional<std::vector<Windows::Open>::iterator> Windows::next_due(Track& track, std::int64_t now_ms)
{
    if (track.open.empty()) return std::nullopt;
    if (track.due_ms(track.open.front()) <= now_ms) return track.open.begin();
    const auto last = track.open.end() - 1;
    if (last->start_ms > now_ms + ahead_ms) return last;
    return std::nullopt;
}

void Windows::mark(store::SeriesId series, Track& track)
{
    if (track.changed) return;
    track.changed = true;
    changed_.push_back(key_of(series, track.spec));
}

void Windows::save()
{
    for (const auto& key : changed_)
        for (auto& track : tracks_[key.series]) {
            if (key_of(key.series, track.spec) != key) continue;
            log_.put(key, track.bytes());
            track.changed = false;
        }
    changed_.clear();
}

void Windows::described(store::SeriesId series)
{
    if (series >= tracks_.size()) return;
    for (auto& track : tracks_[series]) track.results = {};
}

void Windows::resume(store::SeriesId series,
                     const WindowSpec& spec,
                     std::int64_t closed_ms,
                     const std::optional<store::Point>& before)
{
    auto& track = track_of(series, spec);
    track.closed_ms = closed_ms;
    mark(series, track);
    if (!before) return;
    if (const auto number = number_of(before->value)) (void)track.counter.rise(before->time_ms, *number);
}

std::size_t Windows::open() const
{
    std::size_t count = 0;
    for (const auto& tracks : tracks_)
        for (const auto& track : tracks) count += track.open.size();
    return count;
}

}  // namespace tidegate::gateway
