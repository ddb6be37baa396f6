#include "gateway/pipeline.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "gateway/decode/collector.hpp"
#include "gateway/decode/device_time.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <pthread.h>

namespace tidegate::gateway {

namespace {

constexpr std::size_t messages_at_once = 2000;
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

}  // namespace

Pipeline::Pipeline(std::vector<bridge::IntakeRing*> rings, store::Store& store, PipelineOptions options)
    : rings_(std::move(rings)),
      store_(store),
      options_(std::move(options)),
      decoder_(options_.decode),
      rules_(std::move(options_.rules)),
      liveness_(wall_ms())
{
    for (const auto& rule : rules_.rules())
        if (rule.decoder) decoder_.read_as(rule.topic, *rule.decoder);
    for (const auto& series : store_.series().list(0, std::numeric_limits<std::size_t>::max()))
        liveness_.place(placed(series));
    std::vector<std::uint64_t> ids;
    for (auto* ring : rings_) {
        ids.push_back(ring->id());
        if (ring != rings_.front()) ring->share_bell_of(*rings_.front());
    }
    open_stages(ids);
    store_.retire_rings_but(ids);  // those of the time before a reboot
    for (const auto& committed : store_.state().intake)
        for (auto* ring : rings_)
            if (ring->id() == committed.ring) ring->skip_to(committed.tail);
    releases_->rings = rings_;
    store_.on_committed(
        [releases = releases_, tracer = options_.tracer](const store::IntakePosition& position) {
            if (tracer != nullptr) tracer->committed(position);
            const std::scoped_lock lock(releases->mutex);
            for (auto* ring : releases->rings)
                if (ring->id() == position.ring) ring->release(position.tail);
        });
}

// Adds the ring that timers count by.
void Pipeline::open_stages(std::vector<std::uint64_t>& rings)
{
    if (options_.state_directory.empty()) return;
    state_.emplace(
        StateLogOptions{options_.state_directory, rings, [this] { return store_.state().intake; }});
    rings.push_back(state_->id());
    if (options_.alarm_book != nullptr)
        alarms_.emplace(options_.alarms,
                        AlarmStage::Around{store_.series(), store_.live(), *options_.alarm_book, &*state_},
                        options_.series);
    to_drain_.insert(rings_.begin(), rings_.end());
    const auto specs_of = [this](store::SeriesId id) {
        return std::span<const WindowSpec>(rules_.settings_of(id, store_.series()).windows);
    };
    windows_.emplace(store_, *state_, specs_of, options_.series);
    for (const auto* ring : rings_) passed_ms_[ring] = 0;
}

Pipeline::~Pipeline()
{
    stop();
}

void Pipeline::apply(PipelineOptions options, std::vector<bridge::IntakeRing*> rings)
{
    {
        const std::scoped_lock lock(releases_->mutex);
        for (auto* ring : rings) {
            if (std::ranges::find(releases_->rings, ring) != releases_->rings.end()) continue;
            ring->share_bell_of(*releases_->rings.front());
            releases_->rings.push_back(ring);
        }
        rings = releases_->rings;
    }
    const std::scoped_lock lock(change_mutex_);
    change_ = Change{std::move(options), std::move(rings)};
    changed_ = true;
}

void Pipeline::take_over_change()
{
    if (!changed_.load(std::memory_order_relaxed)) return;
    const std::scoped_lock lock(change_mutex_);
    changed_ = false;
    if (!change_) return;
    options_ = std::move(change_->options);
    rings_ = std::move(change_->rings);
    change_.reset();
    decoder_.set_limits(options_.decode);
    for (const auto* ring : rings_)
        if (state_) passed_ms_.try_emplace(ring, 0);
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
    return windows_ ? windows_->counts() : WindowStage::Counts{};
}

void Pipeline::begin_stages(const std::stop_token& stop)
{
    if (!state_) return;
    store::Batch batch;
    waiting_for_store_ = true;
    const bool some = windows_->begin(batch, stop);
    waiting_for_store_ = false;
    if (!some) return;
    batch.intake = state_->next_position();
    hand_on(std::move(batch), stop);
}

void Pipeline::run(const std::stop_token& stop)
{
    begin_stages(stop);
    while (!stop.stop_requested()) {
        looked_ms_ = boot_ms();
        take_over_change();
        rejections_.settle(looked_ms_);
        tick();
        if (!take_some(stop)) bridge::IntakeRing::wait_any(rings_, stop, longest_wait);
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
    store::Batch batch;
    auto passed_ms = wall_ms();
    if (windows_) windows_->look();
    if (alarms_) alarms_->begin();
    for (std::size_t i = 0; i < messages_at_once; ++i) {
        const auto message = ring.next();
        if (!message) {
            drained(ring);
            break;
        }
        if (i + 1 == messages_at_once) passed_ms = std::min(passed_ms, message->arrived_ms);
        take(*message, batch);
    }
    if (state_) finish_stages(ring, passed_ms, batch);
    if (batch.books.received > 0)
        batch.intake = store::IntakePosition{ring.id(), ring.position()};
    else if (batch.readings.empty())
        return false;
    else
        batch.intake = state_->next_position();  // the clock made it
    messages_ += batch.books.received;
    readings_ += batch.readings.size();
    return hand_on(std::move(batch), stop);
}

void Pipeline::finish_stages(const bridge::IntakeRing& ring, std::int64_t passed_ms, store::Batch& batch)
{
    passed_ms_[&ring] = passed_ms;
    for (const auto& [other, passed] : passed_ms_) passed_ms = std::min(passed_ms, passed);
    windows_->finish(passed_ms, batch);
    if (alarms_) alarms_->finish(batch);
}

bool Pipeline::hand_on(store::Batch batch, const std::stop_token& stop)
{
    if (state_) state_->seal(*batch.intake);
    store_.live().update(batch.readings, wall_ms());
    if (std::exchange(tracing_, false)) {
        options_.tracer->shown();
        options_.tracer->handed_over(*batch.intake);
    }
    waiting_for_store_ = true;
    // Not taken: we are to stop and the store is stuck. The ring still has it all, and nothing that comes
    // behind it may be taken now: the next start goes on behind the last that was.
    gave_up_ = !store_.append(std::move(batch), stop);
    waiting_for_store_ = false;
    return !gave_up_;
}

// Once all are, what is waited for may end: nothing is to come any more that would have been before.
void Pipeline::drained(const bridge::IntakeRing& ring)
{
    if (to_drain_.erase(&ring) > 0 && to_drain_.empty() && alarms_) alarms_->caught_up();
}

void Pipeline::take(const bridge::Message& message, store::Batch& batch)
{
    auto& books = batch.books;
    ++books.received;
    if (message.again) {
        ++count_of(books.rejected, store::Reject::redelivered);
        return;
    }
    const bool traced =
        options_.tracer != nullptr && options_.tracer->waits() && options_.tracer->claims(message);
    auto decoded =
        message.oversize
            ? rejected(store::Reject::too_large, "larger than limits.payload")
            : decoder_.decode({message.topic, message.payload, message.arrived_ms, message.retained, ring_});
    absent_ += decoded.absent;
    take_in_news();
    publish_requests();
    learn_presence(message, decoded);
    if (!traced) return take_decoded(message, std::move(decoded), batch);
    const auto before = batch.readings.size();
    options_.tracer->decoded(decoded);
    const auto read = decoded.fields.size();
    take_decoded(message, std::move(decoded), batch);
    const std::vector kept(batch.readings.begin() + static_cast<std::ptrdiff_t>(before),
                           batch.readings.end());
    options_.tracer->ruled(kept, fmt::format("{} of {} readings go on", kept.size(), read));
    tracing_ = true;
}

void Pipeline::take_decoded(const bridge::Message& message, Decoded decoded, store::Batch& batch)
{
    if (decoded.rejected) return count_rejected(message, decoded, batch.books);
    take_fields(message, decoded, batch);
}

void Pipeline::publish_requests()
{
    for (const auto& request : decoder_.take_requests())
        if (options_.publish) options_.publish(request);
}

// Counts the message as stored when any of its fields is, or when it says something of other series and
// nothing else: then what it says is kept with them.
void Pipeline::take_fields(const bridge::Message& message, Decoded& decoded, store::Batch& batch)
{
    auto& books = batch.books;
    std::erase_if(decoded.fields, [](const Field& field) { return field.kind == Kind::metadata; });
    if (decoded.fields.empty()) {
        ++books.stored_messages;
        return;
    }
    auto found = topics_.find(message.topic);
    if (found == topics_.end()) found = topics_.emplace(message.topic, Fields{}).first;
    bool known_series = false;
    for (auto& field : decoded.fields) known_series |= admit(message, decoded, field, found->second, batch);
    if (known_series) {
        ++books.stored_messages;
        return;
    }
    // The message counts as rejected as a whole, its readings as never read.
    books.read -= decoded.fields.size();
    count_of(books.suppressed, store::Suppress::series_limit) -= decoded.fields.size();
    if (found->second.empty()) topics_.erase(found);
    count_rejected(message, rejected(store::Reject::series_limit, "limits.series is reached"), books);
}

void Pipeline::count_rejected(const bridge::Message& message, const Decoded& decoded, store::Books& books)
{
    ++count_of(books.rejected, *decoded.rejected);
    const auto reason = store::to_string(*decoded.rejected);
    rejections_.say(log::Level::warning, reason, boot_ms(), "message_rejected topic={} reason={} why={}",
                    log::quoted(message.topic), reason, log::quoted(decoded.why));
}

// False: the series is new and there may be no more.
bool Pipeline::admit(
    const bridge::Message& message, const Decoded& decoded, Field& field, Fields& known, store::Batch& batch)
{
    auto& books = batch.books;
    ++books.read;
    const auto series = series_of(message.topic, field, known);
    if (series == 0) {
        ++count_of(books.suppressed, store::Suppress::series_limit);
        return false;
    }
    if (!message.retained && field.kind != Kind::availability)
        liveness_.heard(series, message.arrived_ms, ring_);
    if (message.retained) {
        const auto latest = store_.live().get(series);
        if (latest.heard != 0 && latest.value == field.value) {
            ++count_of(books.suppressed, store::Suppress::retained_again);
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
    store::Reading reading{series, time_ms, std::move(field.value), flags};
    if (windows_) windows_->see(reading, batch);
    if (alarms_) alarms_->see(reading, message.arrived_ms);
    if (thins(series, message, field)) {
        ++count_of(books.suppressed, store::Suppress::pressure);
        return true;
    }
    ++books.stored_readings;
    batch.readings.push_back(std::move(reading));
    return true;
}

store::SeriesId Pipeline::series_of(std::string_view topic, const Field& field, Fields& known)
{
    std::string key;
    std::string_view place = field.pointer;
    if (!field.source.empty()) {
        key.append(field.source).push_back('\0');
        place = key.append(field.pointer);
    }
    if (const auto found = known.find(place); found != known.end()) return found->second;
    const auto before = store_.series().last();
    const auto id = find_or_add(topic, field);
    if (id == 0) return 0;
    known.emplace(place, id);
    if (id <= before) relearn(id);  // discovery may have come since it was last heard
    return id;
}

// Where several devices speak on one topic, the first one's series has the plain pointer; the others' begin
// with a step that names the device.
store::SeriesId Pipeline::find_or_add(std::string_view topic, const Field& field)
{
    auto& table = store_.series();
    auto pointer = field.pointer;
    auto id = table.find(topic, pointer).value_or(0);
    if (id != 0 && !field.source.empty() && table.get(id)->device != field.source) {
        pointer.clear();
        append_step(pointer, field.source);
        pointer += field.pointer;
        id = table.find(topic, pointer).value_or(0);
    }
    if (id != 0 || table.last() >= options_.series) return id;
    auto series = describe_field(decoder_, topic, pointer, field);
    rules_.rename(series);
    series.id = table.add(series);
    liveness_.place(placed(series));
    return series.id;
}

}  // namespace tidegate::gateway
