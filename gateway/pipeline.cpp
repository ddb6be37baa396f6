#include "gateway/pipeline.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "gateway/describe.hpp"

#include <pthread.h>

namespace tidegate::gateway {

namespace {

constexpr std::size_t messages_at_once = 2000;
constexpr std::chrono::milliseconds longest_wait{500};
constexpr std::int64_t dead_after_ms = 10'000;
constexpr std::int64_t rejections_logged_every_ms = 10'000;

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
      options_(options)
{
    std::vector<std::uint64_t> ids;
    for (auto* ring : rings_) {
        ids.push_back(ring->id());
        if (ring != rings_.front()) ring->share_bell_of(*rings_.front());
    }
    store_.retire_rings_but(ids);  // those of the time before a reboot
    for (const auto& committed : store_.state().intake)
        for (auto* ring : rings_)
            if (ring->id() == committed.ring) ring->skip_to(committed.tail);
    store_.on_committed([held = rings_](const store::IntakePosition& position) {
        for (auto* ring : held)
            if (ring->id() == position.ring) ring->release(position.tail);
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

void Pipeline::run(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        looked_ms_ = boot_ms();
        if (!take_some(stop)) bridge::IntakeRing::wait_any(rings_, stop, longest_wait);
    }
    while (take_some(stop)) {
    }
}

bool Pipeline::take_some(const std::stop_token& stop)
{
    bool some = false;
    for (auto* ring : rings_) some |= take_from(*ring, stop);
    return some && !gave_up_;
}

bool Pipeline::take_from(bridge::IntakeRing& ring, const std::stop_token& stop)
{
    if (gave_up_) return false;
    store::Batch batch;
    for (std::size_t i = 0; i < messages_at_once; ++i) {
        const auto message = ring.next();
        if (!message) break;
        take(*message, batch);
    }
    if (batch.books.received == 0) return false;
    messages_ += batch.books.received;
    readings_ += batch.readings.size();
    batch.intake = store::IntakePosition{ring.id(), ring.position()};
    store_.live().update(batch.readings, wall_ms());
    waiting_for_store_ = true;
    // Not taken: we are to stop and the store is stuck. The ring still has it all, and nothing that comes
    // behind it may be taken now: the next start goes on behind the last that was.
    gave_up_ = !store_.append(std::move(batch), stop);
    waiting_for_store_ = false;
    return !gave_up_;
}

void Pipeline::take(const bridge::Message& message, store::Batch& batch)
{
    auto& books = batch.books;
    ++books.received;
    if (message.again) {
        ++count_of(books.rejected, store::Reject::redelivered);
        return;
    }
    auto decoded = message.oversize ? Decoded{{}, store::Reject::too_large, {}, "larger than limits.payload"}
                                    : decode(message.payload, options_.decode);
    if (!decoded.rejected) {
        auto found = topics_.find(message.topic);
        if (found == topics_.end()) found = topics_.emplace(message.topic, Fields{}).first;
        bool known_series = false;
        for (auto& field : decoded.fields) known_series |= admit(message, field, found->second, batch);
        if (known_series) {
            ++books.stored_messages;
            return;
        }
        books.read -=
            decoded.fields.size();  // the message counts as rejected as a whole, its readings as never read
        count_of(books.suppressed, store::Suppress::series_limit) -= decoded.fields.size();
        decoded.rejected = store::Reject::series_limit;
        decoded.why = "limits.series is reached";
        if (found->second.empty()) topics_.erase(found);
    }
    ++count_of(books.rejected, *decoded.rejected);
    if (boot_ms() - rejection_logged_ms_ < rejections_logged_every_ms) return;
    rejection_logged_ms_ = boot_ms();
    log::warning("message rejected topic={} reason={} why={}", log::quoted(message.topic),
                 store::to_string(*decoded.rejected), log::quoted(decoded.why));
}

// False: the series is new and there may be no more.
bool Pipeline::admit(const bridge::Message& message, Field& field, Fields& known, store::Batch& batch)
{
    auto& books = batch.books;
    ++books.read;
    const auto series = series_of(message.topic, field.pointer, known);
    if (series == 0) {
        ++count_of(books.suppressed, store::Suppress::series_limit);
        return false;
    }
    if (message.retained) {
        const auto latest = store_.live().get(series);
        if (latest.heard != 0 && latest.value == field.value) {
            ++count_of(books.suppressed, store::Suppress::retained_again);
            return true;
        }
    }
    std::uint8_t flags = 0;
    if (message.retained) flags |= store::flag::retained;
    if (message.unsynchronised) flags |= store::flag::unsynchronised;
    ++books.stored_readings;
    batch.readings.push_back({series, message.arrived_ms, std::move(field.value), flags});
    return true;
}

store::SeriesId Pipeline::series_of(std::string_view topic, std::string_view field, Fields& known)
{
    if (const auto found = known.find(field); found != known.end()) return found->second;
    auto& table = store_.series();
    auto id = table.find(topic, field).value_or(0);
    if (id == 0 && table.last() < options_.series) id = table.add(describe(topic, field));
    if (id != 0) known.emplace(field, id);
    return id;
}

}  // namespace tidegate::gateway
