#include "gateway/pipeline.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "gateway/decode/device_time.hpp"
#include "gateway/ingest/posted_lines.hpp"
#include "gateway/ingest/posted_readings.hpp"
#include "gateway/rules/scale.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <pthread.h>
#include <utility>

namespace tidegate::gateway {

namespace {

constexpr std::size_t messages_at_once = 2000;
constexpr std::size_t looked_up_together = 32;
constexpr std::size_t many_topics = 500;  // so many are in none of the nearer caches
constexpr std::chrono::milliseconds longest_wait{500};
constexpr std::int64_t dead_after_ms = 10'000;

std::uint64_t& count_of(std::array<std::uint64_t, store::reject_count>& counts, store::Reject reason)
{
    return counts.at(static_cast<std::size_t>(reason));
}

std::uint64_t& count_of(std::array<std::uint64_t, store::suppress_count>& counts, store::Suppress reason)
{
    return counts.at(static_cast<std::size_t>(reason));
}

std::vector<std::uint64_t> ids_of(const std::vector<bridge::IntakeRing*>& rings)
{
    std::vector<std::uint64_t> ids;
    for (const auto* ring : rings) ids.push_back(ring->id());
    return ids;
}

Decoded posted(Decoded decoded)
{
    decoded.chosen = Chosen::post;
    return decoded;
}

StageOptions stage_options(const PipelineOptions& options,
                           const std::vector<bridge::IntakeRing*>& rings,
                           const store::Store& store)
{
    return {options.series,
            {.directory = options.runtime_directory,
             .rings = ids_of(rings),
             .committed = [&store] { return store.state().intake; },
             .kept = options.kept_state},
            options.alarms,
            options.alarm_book};
}

}  // namespace

Pipeline::Pipeline(std::vector<bridge::IntakeRing*> rings, store::Store& store, PipelineOptions options)
    : rings_(std::move(rings)),
      store_(store),
      options_(std::move(options)),
      decoder_(options_.decode),
      stages_(store_, rules_, stage_options(options_, rings_, store)),
      liveness_(wall_ms(), options_.notebook)
{
    use_rules(std::move(options_.rules));
    for (const auto& series : store_.series().list(0, std::numeric_limits<std::size_t>::max()))
        liveness_.place(placed(series));
    for (auto* ring : rings_)
        if (ring != rings_.front()) ring->share_bell_of(*rings_.front());
    to_drain_.insert(rings_.begin(), rings_.end());
    for (const auto* ring : rings_) passed_ms_[ring] = 0;
    auto ids = ids_of(rings_);
    ids.push_back(stages_.timer_ring());
    store_.retire_rings_but(ids);  // those of the time before a reboot
    for (const auto& committed : store_.state().intake)
        for (auto* ring : rings_)
            if (ring->id() == committed.ring) ring->skip_to(committed.tail);
    releases_->rings = rings_;
    store_.on_committed([releases = releases_, tracer = options_.tracer,
                         told = options_.committed](const store::IntakePosition& position) {
        if (tracer != nullptr) tracer->committed(position);
        {
            const std::scoped_lock lock(releases->mutex);
            for (auto* ring : releases->rings)
                if (ring->id() == position.ring) ring->release(position.tail);
        }
        if (told) told(position);
    });
}

Pipeline::~Pipeline()
{
    stop();
}

void Pipeline::start()
{
    looked_ms_ = boot_ms();
    thread_ = std::jthread([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "tg-pipeline");
        run(stop);
    });
}

void Pipeline::stop()
{
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

bool Pipeline::alive() const
{
    return waiting_for_store_ || boot_ms() - looked_ms_ < dead_after_ms;
}

WindowStage::Counts Pipeline::windows() const
{
    return stages_.windows();
}

void Pipeline::begin_stages(const std::stop_token& stop)
{
    Outcome outcome;
    waiting_for_store_ = true;
    const bool some = stages_.begin(outcome, stop);
    waiting_for_store_ = false;
    if (!some) return;
    stages_.seal_timed(outcome.batch);
    hand_over(outcome, stop);
}

void Pipeline::run(const std::stop_token& stop)
{
    begin_stages(stop);
    while (!stop.stop_requested()) {
        looked_ms_ = boot_ms();
        take_over_change();
        rejections_.settle(looked_ms_);
        tick();
        if (!take_some(stop)) bridge::IntakeRing::wait_any(rings_, stop, wait_at_most());
    }
    take_over_change();
    while (take_some(stop)) {
    }
}

bool Pipeline::take_some(const std::stop_token& stop)
{
    bool some = false;
    for (std::size_t place = 0; place < rings_.size(); ++place) some |= take_from(place, stop);
    return some && !gave_up_;
}

bool Pipeline::take_from(std::size_t place, const std::stop_token& stop)
{
    if (gave_up_) return false;
    auto& ring = *rings_[place];
    ring_ = place;
    Outcome outcome;
    auto passed_ms = wall_ms();
    stages_.look();
    bool more = true;
    for (std::size_t taken = 0; more && taken < messages_at_once; taken += handful_.size()) {
        more = take_handful(ring, std::min(looked_up_together, messages_at_once - taken));
        for (const auto& message : handful_) take(message, outcome);
    }
    if (!more) drained(ring);
    if (more) passed_ms = std::min(passed_ms, handful_.back().arrived_ms);
    stages_.finish(passed_all_ms(ring, passed_ms), outcome);
    const auto received = outcome.batch.books.received;
    if (received == 0 && outcome.batch.readings.empty()) return false;
    messages_ += received;
    if (received > 0)
        stages_.seal(outcome.batch, {ring.id(), ring.position()});
    else
        stages_.seal_timed(outcome.batch);  // the clock made it
    return hand_over(outcome, stop);
}

// False: there were no more.
bool Pipeline::take_handful(bridge::IntakeRing& ring, std::size_t most)
{
    handful_.clear();
    while (handful_.size() < most) {
        auto message = ring.next();
        if (!message) break;
        handful_.push_back(std::move(*message));
    }
    if (topics_.size() >= many_topics) fetch_ahead();
    return handful_.size() == most;
}

// With a hundred thousand series in turn, what is known of each is in no cache, and a message would wait for
// memory half a dozen times, one after the other. Asked for together, what all of them need comes at once.
void Pipeline::fetch_ahead()
{
    std::array<std::uint64_t, looked_up_together> hashes{};
    for (std::size_t i = 0; i < handful_.size(); ++i) {
        hashes[i] = topics_.hash_of(handful_[i].topic);
        topics_.fetch_slot(hashes[i]);
    }
    for (std::size_t i = 0; i < handful_.size(); ++i) topics_.fetch_entry(hashes[i]);
    for (std::size_t i = 0; i < handful_.size(); ++i) {
        const auto* known = topics_.fetch_topic(hashes[i]);
        if (known == nullptr || known->whole == 0) continue;
        rules_.fetch(known->whole);
        liveness_.fetch(known->whole);
        stages_.fetch(known->whole);
    }
}

// Everything that arrived before was taken, from all rings.
std::int64_t Pipeline::passed_all_ms(const bridge::IntakeRing& ring, std::int64_t passed_ms)
{
    passed_ms_[&ring] = passed_ms;
    for (const auto& [other, passed] : passed_ms_) passed_ms = std::min(passed_ms, passed);
    return passed_ms;
}

bool Pipeline::hand_over(Outcome& outcome, const std::stop_token& stop)
{
    readings_ += outcome.batch.readings.size();
    store_.live().update(outcome.shown(), wall_ms());
    if (std::exchange(tracing_, false)) {
        options_.tracer->shown();
        options_.tracer->handed_over(*outcome.batch.intake);
    }
    waiting_for_store_ = true;
    // Not taken: we are to stop and the store is stuck. The ring still has it all, and nothing that comes
    // behind it may be taken now: the next start goes on behind the last that was.
    gave_up_ = !store_.append(std::move(outcome.batch), stop);
    waiting_for_store_ = false;
    return !gave_up_;
}

// Once all are, what is waited for may end: nothing is to come any more that would have been before.
void Pipeline::drained(const bridge::IntakeRing& ring)
{
    if (to_drain_.erase(&ring) > 0 && to_drain_.empty()) stages_.caught_up();
}

std::chrono::milliseconds Pipeline::wait_at_most() const
{
    const auto due = stages_.next_due_ms() - boot_ms();
    return std::chrono::milliseconds(std::clamp<std::int64_t>(due, 1, longest_wait.count()));
}

void Pipeline::take(const bridge::Message& message, Outcome& outcome)
{
    auto& books = outcome.batch.books;
    ++books.received;
    if (message.again) {
        ++count_of(books.rejected, store::Reject::redelivered);
        return;
    }
    if (rules_.samples() && !sampler_.takes(rules_, message.topic, message.arrived_ms)) {
        ++count_of(books.rejected, store::Reject::sampled);
        if (options_.messages != nullptr) options_.messages->held_back(message);
        return;
    }
    const bool traced =
        options_.tracer != nullptr && options_.tracer->waits() && options_.tracer->claims(message);
    auto decoded = decode(message);
    absent_ += decoded.absent;
    take_in_news();
    publish_requests();
    learn_presence(message, decoded);
    if (!traced) return take_decoded(message, std::move(decoded), outcome);
    auto& readings = outcome.batch.readings;
    const auto before = readings.size();
    options_.tracer->decoded(decoded);
    const auto read = decoded.fields.size();
    take_decoded(message, std::move(decoded), outcome);
    const std::vector kept(readings.begin() + static_cast<std::ptrdiff_t>(before), readings.end());
    options_.tracer->ruled(kept, fmt::format("{} of {} readings go on", kept.size(), read));
    tracing_ = true;
}

Decoded Pipeline::decode(const bridge::Message& message)
{
    if (message.oversize) return rejected(store::Reject::too_large, "larger than limits.payload");
    switch (message.form) {
    case bridge::Form::readings: return posted(read_posted_readings(message.payload, options_.decode));
    case bridge::Form::lines: return posted(read_posted_lines(message.payload, options_.decode));
    case bridge::Form::plain: break;
    }
    return decoder_.decode({message.topic, message.payload, message.arrived_ms, message.retained, ring_});
}

void Pipeline::take_decoded(const bridge::Message& message, Decoded decoded, Outcome& outcome)
{
    if (decoded.rejected) return count_rejected(message, decoded, outcome.batch.books);
    if (options_.messages != nullptr) options_.messages->took(message, decoded);
    take_fields(message, decoded, outcome);
}

void Pipeline::publish_requests()
{
    for (const auto& request : decoder_.take_requests())
        if (options_.publish) options_.publish(request);
}

// Counts the message as stored when any of its fields is, or when it says something of other series and
// nothing else: then what it says is kept with them.
void Pipeline::take_fields(const bridge::Message& message, Decoded& decoded, Outcome& outcome)
{
    auto& books = outcome.batch.books;
    std::erase_if(decoded.fields, [](const Field& field) { return field.kind == Kind::metadata; });
    if (decoded.fields.empty()) {
        ++books.stored_messages;
        return;
    }
    auto& known = topics_.at(message.topic);
    bool known_series = false;
    for (auto& field : decoded.fields) known_series |= admit(message, decoded, field, known, outcome);
    if (known_series) {
        ++books.stored_messages;
        return;
    }
    // The message counts as rejected as a whole, its readings as never read.
    books.read -= decoded.fields.size();
    count_of(books.suppressed, store::Suppress::series_limit) -= decoded.fields.size();
    if (known.empty()) topics_.erase(message.topic);
    count_rejected(message, rejected(store::Reject::series_limit, "limits.series is reached"), books);
}

void Pipeline::count_rejected(const bridge::Message& message, const Decoded& decoded, store::Books& books)
{
    ++count_of(books.rejected, *decoded.rejected);
    const auto reason = store::to_string(*decoded.rejected);
    if (options_.messages != nullptr) options_.messages->rejected(message, decoded);
    rejections_.say(log::Level::warning, reason, boot_ms(), "message_rejected topic={} reason={} why={}",
                    log::quoted(message.topic), reason, log::quoted(decoded.why));
}

// False: the series is new and there may be no more.
bool Pipeline::admit(
    const bridge::Message& message, const Decoded& decoded, Field& field, Fields& known, Outcome& outcome)
{
    const auto suppress = [&](store::Suppress why) {
        ++outcome.batch.books.read;
        ++count_of(outcome.batch.books.suppressed, why);
    };
    const auto series = series_of(message.topic, field, known);
    if (series == 0) {
        suppress(store::Suppress::series_limit);
        return false;
    }
    if (!message.retained && field.kind != Kind::availability)
        liveness_.heard(series, message.arrived_ms, ring_);
    const auto& settings = rules_.settings_of(series, store_.series());
    scale(settings.scaling, field.value);
    if (message.retained) {
        const auto latest = store_.live().get(series);
        if (latest.heard != 0 && latest.value == field.value) {
            suppress(store::Suppress::retained_again);
            return true;
        }
    }
    std::uint8_t flags = 0;
    if (message.retained) flags |= store::flag::retained;
    auto time_ms = message.arrived_ms;
    // While our clock is not set there is nothing to believe a device's by.
    if (message.unsynchronised)
        flags |= store::flag::unsynchronised;
    else
        time_ms = believable(field.time_ms != 0 ? field.time_ms : decoded.time_ms, time_ms).value_or(time_ms);
    auto manner = field.kind == Kind::event || settings.event ? Manner::event : Manner::usual;
    if (manner == Manner::usual && thins(series, message, settings)) manner = Manner::thinned;
    stages_.take({series, time_ms, std::move(field.value), flags}, settings, {manner, message.arrived_ms},
                 outcome);
    return true;
}

}  // namespace tidegate::gateway
