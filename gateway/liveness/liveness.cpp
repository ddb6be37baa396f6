#include "gateway/liveness/liveness.hpp"

#include "base/log.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/scalar.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <sstream>
#include <utility>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
constexpr std::size_t most_declared = 20'000;
constexpr std::size_t most_told = 10;       // lines of one review
constexpr std::uint32_t gaps_to_learn = 3;  // before that nothing is expected of it
constexpr std::int64_t never_stale_before_ms = minute;
constexpr std::int64_t said_lasts_ms = day;  // for so long "online" is believed, whatever is heard
constexpr std::int64_t clock_grace_ms = 2 * second;

std::string duration(std::int64_t ms)
{
    if (ms < 2 * minute) return fmt::format("{} s", ms / second);
    if (ms < 2 * hour) return fmt::format("{} min", ms / minute);
    return fmt::format("{} h", ms / hour);
}

std::string key_of(std::string_view device)  // in the notebook
{
    return fmt::format("device/{}", device);
}

}  // namespace

std::string_view to_string(Presence presence)
{
    constexpr std::array<std::string_view, presence_count> names{"unknown", "online", "stale", "offline"};
    return names.at(static_cast<std::size_t>(presence));
}

PlacedSeries placed(const store::Series& series)
{
    return {series.id, series.device, series.availability, series.expires_s, series.of != 0};
}

std::uint32_t Liveness::device_named(std::string_view name)
{
    if (const auto found = names_.find(name); found != names_.end()) return found->second;
    const auto place = free_.empty() ? static_cast<std::uint32_t>(devices_.size()) : free_.back();
    names_.emplace(std::string(name), place);
    {
        const std::lock_guard lock(mutex_);
        if (free_.empty())
            devices_.emplace_back();
        else
            free_.pop_back();
        auto& device = devices_[place];
        device.state.name = name;
        device.state.since_ms = reviewed_ms_;
        device.before = recalled(name);
    }
    return place;
}

Liveness::Before Liveness::recalled(std::string_view name) const
{
    if (notebook_ == nullptr) return {};
    std::istringstream said(notebook_->find(key_of(name)));
    std::string word;
    std::int64_t since_ms = 0;
    if (!(said >> word >> since_ms) || since_ms <= 0) return {};
    for (const auto presence : {Presence::online, Presence::stale, Presence::offline})
        if (word == to_string(presence)) return {presence, since_ms};
    return {};
}

void Liveness::note(const DeviceState& state) const
{
    if (notebook_ == nullptr || state.presence == Presence::unknown) return;
    notebook_->put(key_of(state.name), fmt::format("{} {}", to_string(state.presence), state.since_ms));
}

// One of which no series is known yet: there may be no end of topics that speak for somebody.
bool Liveness::may_be_named(std::string_view name) const
{
    return names_.size() < most_declared || names_.find(name) != names_.end();
}

// With the lock held: all that it had goes by another name now.
void Liveness::forget(std::uint32_t place)
{
    for (const auto& speaker : devices_[place].speakers) unwatch(speaker.topic.topic, place);
    names_.erase(names_.find(devices_[place].state.name));
    if (notebook_ != nullptr) notebook_->take_out(key_of(devices_[place].state.name));
    devices_[place] = {};
    free_.push_back(place);
}

void Liveness::unwatch(const std::string& topic, std::uint32_t place)
{
    const auto found = watchers_.find(topic);
    if (found == watchers_.end()) return;
    std::erase(found->second, place);
    if (found->second.empty()) watchers_.erase(found);
}

void Liveness::place(const PlacedSeries& series)
{
    if (series.derived || series.device.empty()) return;
    if (series.id >= series_.size()) series_.resize(series.id + 1);
    const auto place = device_named(series.device);
    auto& known = series_[series.id];
    known.expires_s = series.expires_s;
    const std::lock_guard lock(mutex_);
    if (known.device != place + 1) {
        if (known.device != 0) {
            auto& before = devices_[known.device - 1];
            if (--before.state.series == 0 && !before.declared) forget(known.device - 1);
        }
        known.device = place + 1;
        known.reviewed_ms = 0;  // the other one has heard it as well
        ++devices_[place].state.series;
    }
    auto& device = devices_[place];
    if (series.availability.empty() || device.declared) return;
    if (device.state.availability.empty()) device.state.availability = series.availability;
    const auto words = words_.find(series.availability);
    watch(place, words != words_.end() ? words->second
                                       : AvailabilityTopic{.topic = std::string(series.availability)});
}

// With the lock held.
void Liveness::watch(std::uint32_t place, const AvailabilityTopic& topic)
{
    auto& speakers = devices_[place].speakers;
    const auto known =
        std::ranges::find(speakers, topic.topic, [](const Speaker& one) { return one.topic.topic; });
    if (known != speakers.end()) {
        known->topic = topic;
        return;
    }
    constexpr std::size_t most_speakers = 8;
    if (speakers.size() >= most_speakers) return;
    const auto early = early_.find(topic.topic);
    if (early != early_.end() && topic.pointer.empty() && topic.yes.empty() && topic.no.empty())
        speakers.push_back({topic, early->second.said, early->second.said_ms});
    else
        speakers.push_back({topic});
    watchers_.try_emplace(topic.topic).first->second.push_back(place);
}

void Liveness::declare(DeclaredAvailability declared)
{
    if (declared.topics.empty()) return;
    if (declared.device.empty()) {
        for (auto& topic : declared.topics) {
            const std::lock_guard lock(mutex_);
            if (const auto found = watchers_.find(topic.topic); found != watchers_.end())
                for (const auto place : found->second) watch(place, topic);
            if (words_.size() < most_declared) words_.insert_or_assign(topic.topic, topic);
        }
        return;
    }
    if (!may_be_named(declared.device)) return;
    const auto place = device_named(declared.device);
    const std::lock_guard lock(mutex_);
    auto& device = devices_[place];
    device.declared = true;
    device.mode = declared.mode;
    // Who was thought to speak for it goes; what was heard of those who stay is kept.
    const auto is_declared = [&](const Speaker& speaker) {
        return std::ranges::find(declared.topics, speaker.topic.topic, &AvailabilityTopic::topic) !=
               declared.topics.end();
    };
    for (const auto& speaker : device.speakers)
        if (!is_declared(speaker)) unwatch(speaker.topic.topic, place);
    std::erase_if(device.speakers, [&](const Speaker& speaker) { return !is_declared(speaker); });
    for (const auto& topic : declared.topics) watch(place, topic);
    device.state.availability = declared.topics.back().topic;  // behind those of what it hangs on
}

void Liveness::hear(std::string_view topic,
                    std::string_view payload,
                    const Decoded& decoded,
                    std::int64_t arrived_ms,
                    std::string_view about)
{
    if (const auto found = watchers_.find(topic); found != watchers_.end()) {
        for (const auto place : found->second)
            for (auto& speaker : devices_[place].speakers) {
                if (speaker.topic.topic != topic) continue;
                const auto said = said_by(speaker.topic, payload, decoded);
                if (said == Said::nothing) continue;
                speaker.said = said;
                speaker.said_ms = arrived_ms;
            }
        return;
    }
    if (about.empty()) return remember(topic, payload, arrived_ms);
    const AvailabilityTopic own{.topic = std::string(topic)};
    const auto said = said_by(own, payload, decoded);
    if (said == Said::nothing) return;
    if (!may_be_named(about)) return;
    const auto place = device_named(about);
    const std::lock_guard lock(mutex_);
    if (devices_[place].declared) return;  // discovery says who speaks for it
    watch(place, own);
    if (devices_[place].state.availability.empty()) devices_[place].state.availability = topic;
    auto& speaker = devices_[place].speakers.back();
    if (speaker.topic.topic != topic) return;
    speaker.said = said;
    speaker.said_ms = arrived_ms;
}

// What is retained comes in any order: "NODE/status" before the first value of the node, whose series says
// that this topic speaks for it.
void Liveness::remember(std::string_view topic, std::string_view payload, std::int64_t arrived_ms)
{
    constexpr std::size_t longest_word = 16;
    if (payload.size() > longest_word) return;
    const auto last = last_step(topic);
    if (last != "status" && last != "online" && last != "availability" && last != "LWT") return;
    const auto said = usual_word(trimmed(payload));
    if (said == Said::nothing) return;
    if (early_.size() >= most_declared && early_.find(topic) == early_.end()) return;
    early_.insert_or_assign(std::string(topic), EarlyWord{said, arrived_ms});
}

void Liveness::say(const PresenceWord& word, std::int64_t arrived_ms)
{
    const auto said = [&](Device& device) {
        device.outright = word;
        device.outright_ms = arrived_ms;
    };
    if (const auto found = names_.find(word.device); found != names_.end()) said(devices_[found->second]);
    if (!word.below) return;
    const auto prefix = word.device + "/";
    for (auto& device : devices_)
        if (device.state.name.starts_with(prefix)) said(device);
}

void Liveness::review(std::int64_t now_ms, std::int64_t clock_set_by_ms, const Listening& listening)
{
    const std::lock_guard lock(mutex_);
    if (clock_set_by_ms > clock_grace_ms || clock_set_by_ms < -clock_grace_ms) move_clock(clock_set_by_ms);
    take_in_heard();
    std::size_t told = 0;
    std::map<std::size_t, bool> asked;  // each broker once
    const auto listens = [&](std::size_t broker) {
        const auto [known, fresh] = asked.try_emplace(broker);
        if (fresh) known->second = listening(broker);
        return known->second;
    };
    for (auto& device : devices_) {
        if (device.state.series == 0) continue;  // all that it had goes by another name now
        if (device.state.heard_ms != device.seen_ms) learn_gap(device);
        device.seen_ms = device.state.heard_ms;
        if (listening && device.state.heard_ms != 0 && !listens(device.broker)) device.excused_ms = now_ms;
        auto verdict = judge(device, now_ms);
        if (verdict.presence != device.state.presence)
            changed(device, std::move(verdict), now_ms, told);
        else if (verdict.presence == Presence::offline)
            device.state.why = std::move(verdict.why);
    }
    if (told > most_told) log::info("devices_changed more={}", told - most_told);
    reviewed_ms_ = now_ms;
}

void Liveness::take_in_heard()
{
    for (auto& series : series_) {
        if (series.heard_ms == series.reviewed_ms || series.device == 0) continue;
        series.reviewed_ms = series.heard_ms;
        auto& device = devices_[series.device - 1];
        device.broker = series.broker;
        device.state.heard_ms = std::max(device.state.heard_ms, series.heard_ms);
        if (series.expires_s != 0)
            device.expires_ms =
                std::max(device.expires_ms, series.heard_ms + std::int64_t{series.expires_s} * second);
    }
}

// The largest pause that is usual, forgotten slowly: a device that says three things in a burst once an hour
// is expected once an hour. What it was away for teaches nothing; a device that has become slower is believed
// step by step.
void Liveness::learn_gap(Device& device) const
{
    const auto gap = device.state.heard_ms - device.seen_ms;
    if (device.seen_ms == 0 || gap <= 0 || device.excused_ms >= device.seen_ms) return;
    if (device.state.presence == Presence::offline) return;
    constexpr std::int64_t forgets = 16;
    auto& usual = device.usual_gap_ms;
    if (device.state.presence == Presence::stale)
        usual = std::min(gap, 2 * usual);
    else
        usual = gap >= usual ? gap : usual - (usual - gap) / forgets;
    ++device.gaps;
}

Liveness::Verdict Liveness::judge(const Device& device, std::int64_t now_ms) const
{
    const Speaker* off = nullptr;
    const Speaker* on = nullptr;
    const Speaker* last = nullptr;
    bool all_have = !device.speakers.empty();
    for (const auto& speaker : device.speakers) {
        if (speaker.said == Said::nothing) {
            all_have = false;
            continue;
        }
        auto& of_its_kind = speaker.said == Said::online ? on : off;
        if (of_its_kind == nullptr || speaker.said_ms >= of_its_kind->said_ms) of_its_kind = &speaker;
        if (last == nullptr || speaker.said_ms >= last->said_ms) last = &speaker;
    }
    if (device.mode == AvailabilityMode::latest) {
        if (last != nullptr && last->said == Said::online) off = nullptr;
        if (last != nullptr && last->said == Said::offline) on = nullptr;
    }
    if (device.mode == AvailabilityMode::any && on != nullptr) off = nullptr;
    if (device.mode == AvailabilityMode::all && !all_have) on = nullptr;

    auto gone_ms = off != nullptr ? off->said_ms : 0;
    auto there_ms = off == nullptr && on != nullptr ? on->said_ms : 0;
    auto why = off != nullptr ? off->topic.topic + " says so" : std::string();
    // A birth or death goes before what was said earlier.
    if (device.outright_ms != 0 && device.outright_ms >= std::max(gone_ms, there_ms)) {
        gone_ms = device.outright.there ? 0 : device.outright_ms;
        there_ms = device.outright.there ? device.outright_ms : 0;
        why = device.outright.why;
    }
    if (gone_ms != 0 && device.state.heard_ms <= gone_ms) return {Presence::offline, std::move(why)};
    return judge_silence(device, now_ms, there_ms);
}

// `there_ms`: when it was said to be there; 0: nobody says so.
Liveness::Verdict Liveness::judge_silence(const Device& device,
                                          std::int64_t now_ms,
                                          std::int64_t there_ms) const
{
    const auto heard_ms = device.state.heard_ms;
    if (heard_ms == 0) return {there_ms != 0 ? Presence::online : Presence::unknown};
    const auto deaf_for_ms = std::max<std::int64_t>(0, device.excused_ms - heard_ms);
    // What does not expire may have been heard since.
    if (device.expires_ms != 0 && now_ms <= device.expires_ms + deaf_for_ms) return {Presence::online};
    if (device.expires_ms != 0 && heard_ms <= device.expires_ms)
        return {Presence::stale, "its last value has expired, as discovery says"};
    const bool learned = there_ms == 0 && device.gaps >= gaps_to_learn;
    const auto most_ms = learned         ? std::max(never_stale_before_ms, 3 * device.usual_gap_ms)
                         : there_ms != 0 ? std::max(said_lasts_ms, 10 * device.usual_gap_ms)
                                         : said_lasts_ms;
    if (now_ms - std::max({heard_ms, device.excused_ms, there_ms}) <= most_ms) return {Presence::online};
    if (!learned) return {Presence::stale, fmt::format("not heard for {}", duration(most_ms))};
    return {Presence::stale, fmt::format("not heard for {}; it usually is within {}", duration(most_ms),
                                         duration(std::max(second, device.usual_gap_ms)))};
}

void Liveness::move_clock(std::int64_t by_ms)
{
    const auto move = [&](std::int64_t& time_ms) {
        if (time_ms != 0) time_ms += by_ms;
    };
    for (auto& series : series_) {
        move(series.heard_ms);
        move(series.reviewed_ms);
    }
    for (auto& device : devices_) {
        if (!device.since_before) {
            move(device.state.since_ms);
            note(device.state);
        }
        for (auto* time_ms : {&device.state.heard_ms, &device.seen_ms, &device.outright_ms,
                              &device.expires_ms, &device.excused_ms})
            move(*time_ms);
        for (auto& speaker : device.speakers) move(speaker.said_ms);
    }
}

void Liveness::changed(Device& device, Verdict verdict, std::int64_t now_ms, std::size_t& told)
{
    device.state.presence = verdict.presence;
    device.state.why = std::move(verdict.why);
    const auto before = std::exchange(device.before, {});
    device.since_before = before.presence == verdict.presence && before.since_ms < now_ms;
    device.state.since_ms = device.since_before ? before.since_ms : now_ms;
    note(device.state);
    if (now_ms - started_ms_ < minute && verdict.presence == Presence::online)
        return;  // as all do at a start
    if (++told <= most_told)
        log::info("device_{} device={} why={}", to_string(verdict.presence), log::quoted(device.state.name),
                  log::quoted(device.state.why));
}

Presence Liveness::of(store::SeriesId series) const
{
    if (series >= series_.size() || series_[series].device == 0) return Presence::unknown;
    return devices_[series_[series].device - 1].state.presence;
}

std::vector<DeviceState> Liveness::devices() const
{
    const std::lock_guard lock(mutex_);
    std::vector<DeviceState> states;
    states.reserve(devices_.size());
    for (const auto& device : devices_)
        if (device.state.series != 0) states.push_back(device.state);
    return states;
}

std::array<std::size_t, presence_count> Liveness::counts() const
{
    const std::lock_guard lock(mutex_);
    std::array<std::size_t, presence_count> counts{};
    for (const auto& device : devices_)
        if (device.state.series != 0) ++counts.at(static_cast<std::size_t>(device.state.presence));
    return counts;
}

}  // namespace tidegate::gateway
