#include "gateway/rules/alarm_stage.hpp"

#include "base/log.hpp"
#include "gateway/decode/value_text.hpp"
#include "gateway/rules/alarm_text.hpp"
#include "store/bytes.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::string_view mark = "@alarm/";
constexpr std::size_t logged_at_once = 20;
constexpr std::int64_t longest_catching_up_ms = 60'000;  // a flood may never leave a ring empty

std::vector<AlarmRule> compiled_all(const std::vector<AlarmSetting>& settings)
{
    std::vector<AlarmRule> rules;
    for (const auto& setting : settings) rules.push_back(compiled(setting));
    return rules;
}

Matcher matcher_of(const std::vector<AlarmSetting>& settings)
{
    Matcher matcher;
    for (const auto& setting : settings) matcher.add(setting);
    return matcher;
}

// FNV-1a: in files, so it must never change.
std::uint32_t number_of(std::string_view name)
{
    std::uint32_t hash = 2166136261U;
    for (const unsigned char c : name) hash = (hash ^ c) * 16777619U;
    return hash;
}

bool is_stale(const AlarmRule& rule)
{
    return rule.kind == AlarmRule::Kind::stale;
}

std::string series_name(const store::Series& series)
{
    return series.topic + "#" + series.field;
}

}  // namespace

AlarmStage::AlarmStage(std::vector<AlarmSetting> settings,
                       Around around,
                       DerivedSeries& making,
                       ClockSource clock)
    : matcher_(matcher_of(settings)),
      alarms_(compiled_all(settings)),
      around_(around),
      making_(making),
      clock_(std::move(clock)),
      now_(now()),
      started_ms_(now_.boot_ms)
{
    match_new(around_.series.last());
    if (around_.state != nullptr && !around_.state->lost())
        restore_states();
    else
        restore_from_book();  // there may be no ring either: nothing is to come that would tell the same
    alarms_.restored();
}

Instant AlarmStage::now()
{
    synchronised_ = synchronised_ || clock_.synchronised();
    return {clock_.wall_ms(), clock_.boot_ms(), !synchronised_};
}

void AlarmStage::match_new(store::SeriesId last)
{
    if (last <= matched_) return;
    if (!alarms_.rules().empty())
        for (const auto& series : around_.series.list(matched_, last - matched_)) match(series);
    matched_ = last;
}

// Of rules with the same name the first one counts: so a general one can stand behind its exceptions.
void AlarmStage::match(const store::Series& series)
{
    if (series.field.find(mark) != std::string::npos) return;
    std::vector<std::string_view> names;
    for (const auto rule : matcher_.of({series.topic, series.device, series.field, series.device_class})) {
        const std::string_view name = alarms_.rules()[rule].name;
        if (std::ranges::find(names, name) != names.end()) continue;
        names.push_back(name);
        alarms_.watch(series.id, rule, alarm_of(rule, series), now_);
    }
}

// A device that is silent is silent in all its series: that is one alarm, of the first of them. It stays that
// one when discovery gives the device another name.
store::SeriesId AlarmStage::alarm_of(std::size_t rule, const store::Series& series)
{
    if (!is_stale(alarms_.rules()[rule])) return series.id;
    const auto& whose = series.device.empty() ? series.topic : series.device;
    if (const auto of = alarms_.alarm_of(rule, series.id)) {
        devices_.try_emplace({rule, whose}, *of);
        return *of;
    }
    return devices_.try_emplace({rule, whose}, series.id).first->second;
}

void AlarmStage::use(const std::vector<AlarmSetting>& settings)
{
    now_ = now();
    const auto before = std::exchange(alarms_, Alarms(compiled_all(settings)));
    matcher_ = matcher_of(settings);
    devices_.clear();
    derived_.clear();
    matched_ = 0;
    match_new(around_.series.last());
    go_on_from(before);
    alarms_.restored();
    if (caught_up_) end_all_unasked();
}

void AlarmStage::go_on_from(const Alarms& before)
{
    before.each([&](std::size_t old_rule, store::SeriesId of, const AlarmWatch& old_watch) {
        const auto& old = before.rules()[old_rule];
        for (std::size_t rule = 0; rule < alarms_.rules().size(); ++rule) {
            auto* watch = alarms_.rules()[rule].name == old.name ? alarms_.find(rule, of) : nullptr;
            if (watch == nullptr) continue;
            if (alarms_.rules()[rule] == old)
                watch->go_on_from(old_watch);
            else
                (void)watch->restore(old_watch.state(), now_);  // it is understood: it was made just now
        }
    });
}

void AlarmStage::begin()
{
    if (!alarms_.rules().empty()) now_ = now();
}

void AlarmStage::described(store::SeriesId series)
{
    if (series > matched_) return;
    if (const auto known = around_.series.get(series)) match(*known);
}

void AlarmStage::see(const store::Reading& reading, std::int64_t arrived_ms)
{
    if (alarms_.rules().empty()) return;
    if (reading.series > matched_) match_new(around_.series.last());
    if ((reading.flags & store::flag::retained) != 0) return;
    const bool unsynchronised = (reading.flags & store::flag::unsynchronised) != 0;
    // What was stamped before the clock was set cannot be placed by it any more.
    const bool placed = unsynchronised == now_.unsynchronised;
    const auto boot_of = [&](std::int64_t wall) {
        return placed ? std::min(now_.boot_at(wall), now_.boot_ms) : now_.boot_ms;
    };
    alarms_.see(
        reading.series,
        {reading.time_ms, boot_of(reading.time_ms), boot_of(arrived_ms), reading.value, unsynchronised}, now_,
        events_);
}

void AlarmStage::finish(store::Batch& batch)
{
    if (alarms_.rules().empty() && changed_.empty()) return;
    now_ = now();
    if (now_.boot_ms - started_ms_ > longest_catching_up_ms) caught_up();
    if (caught_up_) alarms_.tick(now_, events_);
    for (const auto& event : events_) record(event);
    events_.clear();
    keep_states();
    if (!changed_.empty()) around_.book.put(std::move(changed_), now_.unsynchronised ? 0 : now_.wall_ms);
    changed_.clear();
    around_.book.write_what_is_left();
    batch.books.derived += readings_.size();
    std::ranges::move(readings_, std::back_inserter(batch.readings));
    readings_.clear();
}

void AlarmStage::record(const AlarmEvent& event)
{
    auto alarm = described_alarm(event);
    const auto& change = event.change;
    add_reading(event.rule, event.series, change.what == AlarmChange::What::raised, change.time_ms,
                change.unsynchronised);
    changed_.push_back(std::move(alarm));
    if (changed_.size() == logged_at_once + 1)
        log::info("further alarms of this moment are not logged one by one");
    if (changed_.size() > logged_at_once) return;
    const auto& rule = alarms_.rules()[event.rule];
    const auto series = around_.series.get(event.series).value_or(store::Series());
    if (change.what == AlarmChange::What::cleared)
        return log::info("alarm_cleared rule={} series={}", rule.name, log::quoted(series_name(series)));
    const auto line = fmt::format(
        "alarm_raised rule={} severity={} series={} {}={} value={}{}", rule.name, to_string(rule.severity),
        log::quoted(series_name(series)), to_string(rule.kind), log::quoted(rule.limit_text),
        log::quoted(text_of(change.value)), change.flapping ? " flapping=true" : "");
    if (rule.severity == store::Severity::info) return log::info("{}", line);
    log::warning("{}", line);
}

store::Alarm AlarmStage::described_alarm(const AlarmEvent& event) const
{
    const auto& rule = alarms_.rules()[event.rule];
    const auto& change = event.change;
    store::Alarm alarm;
    alarm.rule = rule.name;
    alarm.series = event.series;
    alarm.severity = rule.severity;
    alarm.kind = to_string(rule.kind);
    alarm.limit = rule.limit_text;
    alarm.value = change.value;
    alarm.since_ms = change.since_ms;
    alarm.raised_ms = change.time_ms;
    alarm.flapping = change.flapping;
    alarm.unsynchronised = change.unsynchronised;
    if (change.what == AlarmChange::What::cleared) {
        alarm.cleared_ms = change.time_ms;
        alarm.cleared_by = "value";
    }
    if (rule.text.empty()) return alarm;
    const auto series = around_.series.get(event.series).value_or(store::Series());
    const auto* silent = is_stale(rule) ? std::get_if<std::int64_t>(&change.value) : nullptr;
    alarm.text = fill(rule.text, [&](std::string_view name) -> std::string {
        if (name == "device") return series.device.empty() ? series.topic : series.device;
        if (name == "name") return series.name.empty() ? series_name(series) : series.name;
        if (name == "value") return silent != nullptr ? lasting_text(*silent) : text_of(change.value);
        if (name == "unit") return is_stale(rule) ? "" : series.unit;
        if (name == "topic") return series.topic;
        if (name == "field") return series.field;
        return name == "limit" ? rule.limit_text : rule.name;
    });
    return alarm;
}

// Where there may be no more series the alarm is on all the same; it is not in history as a reading then.
void AlarmStage::add_reading(
    std::size_t rule, store::SeriesId of, bool on, std::int64_t time_ms, bool unsynchronised)
{
    const auto series = derived_series(rule, of);
    if (series == 0) return;
    const auto flags = unsynchronised ? store::flag::unsynchronised : std::uint8_t{0};
    readings_.push_back({series, time_ms, on, flags});
}

store::SeriesId AlarmStage::derived_series(std::size_t rule, store::SeriesId of)
{
    auto& id = derived_[{rule, of}];
    if (id != 0) return id;
    const auto& name = alarms_.rules()[rule].name;
    const auto suffix = std::string(mark) + name;
    return id = making_.of(around_.series.get(of).value_or(store::Series()), {suffix, name, false});
}

StateKey AlarmStage::key_of(std::size_t rule, store::SeriesId of) const
{
    return {StateKind::alarm, of, number_of(alarms_.rules()[rule].name)};
}

void AlarmStage::keep_states()
{
    alarms_.take_states([this](std::size_t rule, store::SeriesId of, const std::string& state) {
        if (around_.state == nullptr) return;
        if (state.empty()) return around_.state->erase(key_of(rule, of));
        store::ByteWriter out;
        out.text(alarms_.rules()[rule].name);
        out.append(state);
        around_.state->put(key_of(rule, of), out.take());
    });
}

// What no rule asks for any more stays in the log as it is: it is small, and the rule may come back.
void AlarmStage::restore_states()
{
    around_.state->each(StateKind::alarm, [this](const StateKey& key, std::string_view bytes) {
        store::ByteReader in(bytes);
        const auto name = in.text();
        for (std::size_t rule = 0; rule < alarms_.rules().size(); ++rule) {
            if (in.failed() || alarms_.rules()[rule].name != name) continue;
            if (auto* watch = alarms_.find(rule, key.series))
                if (!watch->restore(in.rest(), now_))
                    log::warning("the state of alarm {} is not understood: it begins anew",
                                 log::quoted(name));
        }
    });
}

void AlarmStage::caught_up()
{
    if (std::exchange(caught_up_, true)) return;
    now_ = now();
    compare_with_book();
    alarms_.restored();
}

std::optional<std::size_t> AlarmStage::rule_of(const store::Alarm& alarm)
{
    for (std::size_t rule = 0; rule < alarms_.rules().size(); ++rule)
        if (alarms_.rules()[rule].name == alarm.rule && alarms_.find(rule, alarm.series) != nullptr)
            return rule;
    return std::nullopt;
}

// Alarms that the book has and the state has not: it is gone, with a reboot; or a timer raised them and the
// process was killed before the batch was committed. Their readings are missing then, too.
void AlarmStage::compare_with_book()
{
    restore_from_book();
    end_all_unasked();
    enter_missing();
}

void AlarmStage::end_all_unasked()
{
    for (auto& alarm : around_.book.on())
        if (!rule_of(alarm)) end_unasked(std::move(alarm));
}

// A series that is not known yet may come again from a ring, where a kill was before its first commit.
void AlarmStage::restore_from_book()
{
    for (const auto& alarm : around_.book.on()) {
        const auto rule = rule_of(alarm);
        if (!rule) continue;
        auto& watch = *alarms_.find(*rule, alarm.series);
        if (watch.on()) continue;
        watch.restore_raised(alarm.since_ms, alarm.flapping, now_);
        if (around_.live.get(derived_series(*rule, alarm.series)).value != store::Value(true))
            add_reading(*rule, alarm.series, true, alarm.raised_ms, alarm.unsynchronised);
    }
}

void AlarmStage::end_unasked(store::Alarm alarm)
{
    log::info("alarm_cleared rule={} by=configuration: no rule asks for it any more", alarm.rule);
    const auto series = around_.series.get(alarm.series).value_or(store::Series());
    const auto derived = around_.series.find(series.topic, series.field + std::string(mark) + alarm.rule);
    if (derived) readings_.push_back({*derived, now_.wall_ms, false, 0});
    if (around_.state != nullptr)
        around_.state->erase({StateKind::alarm, alarm.series, number_of(alarm.rule)});
    alarm.cleared_ms = now_.wall_ms;
    alarm.cleared_by = "configuration";
    changed_.push_back(std::move(alarm));
}

// The other way round: the book's file is gone.
void AlarmStage::enter_missing()
{
    const auto known = around_.book.on();
    alarms_.each([&](std::size_t rule, store::SeriesId of, const AlarmWatch& watch) {
        if (!watch.on()) return;
        const auto is_it = [&](const store::Alarm& alarm) {
            return alarm.series == of && alarm.rule == alarms_.rules()[rule].name;
        };
        if (std::ranges::any_of(known, is_it)) return;
        AlarmChange change{AlarmChange::What::raised, watch.since_ms(), watch.since_ms(), {}, false, false};
        change.value = around_.live.get(of).value;
        changed_.push_back(described_alarm({rule, of, std::move(change)}));
    });
}

}  // namespace tidegate::gateway
