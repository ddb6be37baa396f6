#include "gateway/rules/alarm_watch.hpp"

#include "store/bytes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace tidegate::gateway {

namespace {

using Kind = AlarmRule::Kind;

constexpr std::int64_t order_slack_ms = 1000;  // of readings whose times come from different clocks
constexpr std::int64_t clock_set_ms = 5000;    // the wall clock has been set when it is off by so much
constexpr std::int64_t gap_forgets = 16;       // a sixteenth a message
constexpr std::int64_t stale_gaps = 4;
constexpr std::size_t text_kept = 256;
constexpr std::uint8_t state_version = 1;

store::Value shortened(const store::Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr && text->size() > text_kept ? store::Value(text->substr(0, text_kept)) : value;
}

}  // namespace

AlarmWatch::AlarmWatch(const AlarmRule& rule, Instant now) : rule_(&rule), heard_(now.boot_ms)
{
    if (rule_->kind == Kind::rate) rate_.emplace(rule_->span_ms);
}

std::int64_t AlarmWatch::stale_after() const
{
    if (rule_->stale_ms > 0) return rule_->stale_ms;
    if (gaps_ < gaps_to_learn) return 0;
    return std::max(least_stale_ms, stale_gaps * longest_gap_ms_);
}

std::int64_t AlarmWatch::hold_off() const
{
    return flapping_ ? std::max(rule_->hold_off_ms, calm_ms) : rule_->hold_off_ms;
}

// A device has several topics, which come in bursts: what counts is the longest silence of the last messages.
// One that was too long teaches a little only: else an outage would be what is normal from then on.
void AlarmWatch::hear(std::int64_t heard)
{
    const auto gap = heard - heard_;
    if (gap <= 0) return;
    heard_ = heard;
    if (!std::exchange(has_spoken_, true)) return;
    const auto limit = stale_after();
    const auto learned = limit > 0 && gap > limit ? 2 * longest_gap_ms_ : gap;
    longest_gap_ms_ = std::max(learned, longest_gap_ms_ - longest_gap_ms_ / gap_forgets);
    if (gaps_ < gaps_to_learn && ++gaps_ == gaps_to_learn) changed_ = true;
}

std::optional<Judgement> AlarmWatch::judged(const AlarmSample& sample)
{
    if (rule_->kind == Kind::stale) return Judgement{false, true};
    if (rule_->kind != Kind::rate) return judge(*rule_, sample.value);
    const auto number = store::as_number(sample.value);
    if (!std::isfinite(number)) return std::nullopt;
    const auto rate = rate_->push(sample.at, number);
    return rate ? judge_number(*rule_, *rate) : std::nullopt;
}

void AlarmWatch::move(Phase phase, std::int64_t at, std::int64_t at_ms, bool unsynchronised)
{
    phase_ = phase;
    since_ = at;
    since_ms_ = at_ms;
    unsynchronised_ = unsynchronised;
    changed_ = true;
}

void AlarmWatch::see(const AlarmSample& sample, Instant now, std::vector<AlarmChange>& changes)
{
    const bool late = sample.at + order_slack_ms < last_at_;
    const auto at = rule_->kind == Kind::stale ? sample.heard : sample.at;
    if (!late) advance(at, now, changes);
    hear(sample.heard);
    if (late && rule_->kind != Kind::stale) return;
    last_at_ = std::max(last_at_, sample.at);
    const auto verdict = judged(sample);
    if (!verdict) return;
    if (rule_->kind != Kind::stale && (verdict->bad || on())) value_ = shortened(sample.value);
    follow(*verdict, sample);
    advance(at, now, changes);
}

void AlarmWatch::follow(const Judgement& verdict, const AlarmSample& sample)
{
    unconfirmed_ = false;
    const auto at = rule_->kind == Kind::stale ? sample.heard : sample.at;
    if (phase_ == Phase::quiet && verdict.bad)
        move(Phase::pending, at, sample.time_ms, sample.unsynchronised);
    else if (phase_ == Phase::pending && !verdict.bad)
        move(Phase::quiet, 0, 0, false);
    else if (phase_ == Phase::raised && verdict.calm)
        move(Phase::clearing, at, sample.time_ms, sample.unsynchronised);
    else if (phase_ == Phase::clearing && !verdict.calm)
        move(Phase::raised, 0, 0, false);
}

void AlarmWatch::advance(std::int64_t boot_ms, Instant now, std::vector<AlarmChange>& changes)
{
    if (phase_ == Phase::quiet && rule_->kind == Kind::stale) {
        const auto after = stale_after();
        if (after == 0 || boot_ms - heard_ < after) return;
        move(Phase::pending, heard_, now.wall_at(heard_), now.unsynchronised);
        value_ = (boot_ms - heard_) / 1000;
        return raise(heard_ + after, now, changes);
    }
    if (unconfirmed_) return;
    if (phase_ == Phase::pending && boot_ms - since_ >= rule_->hold_ms)
        return raise(since_ + rule_->hold_ms, now, changes);
    if (phase_ == Phase::clearing && boot_ms - since_ >= hold_off())
        return clear(since_ + hold_off(), now, changes);
}

// As the readings of that time say it; unless the clock has been set since.
std::int64_t AlarmWatch::wall_of(std::int64_t at, Instant now) const
{
    const auto then = since_ms_ + (at - since_);
    const auto by_now = now.wall_at(at);
    return std::abs(then - by_now) > clock_set_ms ? by_now : then;
}

void AlarmWatch::raise(std::int64_t at, Instant now, std::vector<AlarmChange>& changes)
{
    const auto time_ms = wall_of(at, now);
    // As the reading says it that began it: so it is the same when that comes again after a kill.
    const auto since_ms = unsynchronised_ ? wall_of(since_, now) : since_ms_;
    std::erase_if(raises_, [&](auto raised) { return raised <= at - flap_span_ms; });
    raises_.push_back(at);
    flapping_ = raises_.size() >= flaps;
    alarm_since_ms_ = since_ms;
    changes.push_back({AlarmChange::What::raised, since_ms, time_ms, value_, flapping_, unsynchronised_});
    move(Phase::raised, 0, 0, false);
}

void AlarmWatch::clear(std::int64_t at, Instant now, std::vector<AlarmChange>& changes)
{
    changes.push_back(
        {AlarmChange::What::cleared, alarm_since_ms_, wall_of(at, now), value_, flapping_, unsynchronised_});
    if (flapping_) raises_.clear();
    flapping_ = false;
    alarm_since_ms_ = 0;
    move(Phase::quiet, 0, 0, false);
}

std::int64_t AlarmWatch::due() const
{
    switch (phase_) {
    case Phase::pending: return unconfirmed_ ? 0 : since_ + rule_->hold_ms;
    case Phase::clearing: return unconfirmed_ ? 0 : since_ + hold_off();
    case Phase::raised: return 0;
    case Phase::quiet: break;
    }
    const auto after = rule_->kind == Kind::stale ? stale_after() : 0;
    return after == 0 ? 0 : heard_ + after;
}

void AlarmWatch::restore_raised(std::int64_t since_ms, bool flapping, Instant now)
{
    move(Phase::raised, 0, 0, false);
    alarm_since_ms_ = since_ms;
    flapping_ = flapping;
    raises_.assign(flapping ? flaps : 1, now.boot_ms);
}

void AlarmWatch::go_on_from(const AlarmWatch& before)
{
    const auto* rule = rule_;
    *this = before;
    rule_ = rule;
}

std::optional<std::string> AlarmWatch::take_state()
{
    if (!std::exchange(changed_, false)) return std::nullopt;
    return state();
}

// Times are kept by the wall clock: the boot clock begins anew with each boot.
std::string AlarmWatch::state() const
{
    const bool learned = rule_->kind == Kind::stale && gaps_ >= gaps_to_learn;
    if (phase_ == Phase::quiet && raises_.empty() && !learned) return std::string();
    store::ByteWriter out;
    out.byte(state_version);
    out.byte(static_cast<std::uint8_t>(phase_));
    out.byte(static_cast<std::uint8_t>((flapping_ ? 1 : 0) | (unsynchronised_ ? 2 : 0)));
    out.signed_varint(since_ms_);
    out.signed_varint(alarm_since_ms_);
    out.signed_varint(learned ? longest_gap_ms_ : 0);
    out.varint(raises_.size());
    for (const auto raised : raises_) out.signed_varint(raised);
    return out.take();
}

// A condition that was waited on is to be confirmed by a reading: what was while we were away is not known.
// Since when it has lasted cannot be told where the clock was not set: there the wait begins anew.
bool AlarmWatch::restore(std::string_view state, Instant now)
{
    if (state.empty()) return true;
    store::ByteReader in(state);
    const auto version = in.byte(), phase = in.byte(), flags = in.byte();
    const auto since_ms = in.signed_varint(), alarm_since_ms = in.signed_varint(), gap = in.signed_varint();
    const auto count = in.varint();
    std::vector<std::int64_t> raises;
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) raises.push_back(in.signed_varint());
    if (in.failed() || in.left() > 0 || version != state_version || phase > 3) return false;
    std::erase_if(raises, [&](auto raised) { return raised > now.boot_ms; });  // of an earlier boot
    const bool placed = (flags & 2U) == 0;
    const auto since = placed ? std::min(now.boot_at(since_ms), now.boot_ms) : now.boot_ms;
    move(static_cast<Phase>(phase), since, placed ? since_ms : now.wall_ms, false);
    unconfirmed_ = true;
    alarm_since_ms_ = alarm_since_ms;
    flapping_ = (flags & 1U) != 0;
    raises_ = std::move(raises);
    longest_gap_ms_ = gap;
    gaps_ = gap > 0 ? gaps_to_learn : 0;
    changed_ = false;
    return true;
}

}  // namespace tidegate::gateway
