#include "bridge/forwarder.hpp"

#include "base/clock.hpp"
#include "base/log_limit.hpp"
#include "bridge/backoff.hpp"
#include "bridge/batch_size.hpp"
#include "bridge/rate_meter.hpp"
#include "bridge/window.hpp"

#include <algorithm>
#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr auto idle = 1000ms;                 // how long to wait for the store in one go
constexpr std::size_t longest_name = 15;      // of a thread
constexpr std::size_t most_at_once = 16'000;  // readings in memory for one delivery of several batches

// Twice what is under way: so that the next are ready when the first are acknowledged.
std::size_t window_of(const Sink& sink, std::size_t batch)
{
    const auto under_way = sink.most_under_way();
    if (under_way <= 1) return 1;
    return std::clamp<std::size_t>(most_at_once / std::max<std::size_t>(1, batch), 1, 2 * under_way);
}

}  // namespace

class Forwarder::Impl {
public:
    Impl(store::Store& store, std::unique_ptr<Sink> sink, ForwarderOptions options)
        : store_(store),
          sink_(std::move(sink)),
          options_(std::move(options)),
          lanes_(store_, *sink_, options_.name, std::move(options_.selection), options_.lanes),
          size_(options_.batch),
          window_(window_of(*sink_, options_.batch)),
          backoff_(options_.first_retry, options_.longest_retry)
    {
        status_.name = options_.name;
        status_.kind = sink_->kind();
        status_.url = sink_->url();
        sink_->on_progress([this] {
            const std::lock_guard lock(mutex_);
            sent_ms_ = boot_ms();
        });
    }

    Result<> start();
    void stop()
    {
        thread_.request_stop();
        if (thread_.joinable()) thread_.join();
    }
    void retry_now();
    ForwarderStatus status() const;

private:
    void run(const std::stop_token& stop);
    bool read(const std::stop_token& stop);
    void tell_gaps(const std::stop_token& stop);
    void deliver(const std::stop_token& stop);
    Result<> send(const Delivery& delivery, const std::stop_token& stop);
    Result<> send_traced(Delivery& delivery, const std::stop_token& stop);
    void answered(bool delivered, const Result<>& taken);
    void judge(const Result<>& taken, bool windowed, std::size_t settled, std::chrono::milliseconds took);
    void invalid(const Error& error, const std::stop_token& stop);
    Result<> settle(std::size_t count, std::span<const Refusal> refused);
    Result<> keep_dead(std::span<const Refused> dead, std::uint64_t epoch);
    void send_dead_again(const std::stop_token& stop);
    void up();
    void not_taken(const Error& error, const std::stop_token& stop);
    void failed(const Error& error, std::chrono::milliseconds pause, const std::stop_token& stop);
    void show();

    store::Store& store_;
    std::unique_ptr<Sink> sink_;
    ForwarderOptions options_;

    // The thread's.
    Lanes lanes_;
    BatchSize size_;
    Window window_;
    Backoff backoff_;
    log::Limit discards_;  // by what the other side says

    mutable std::mutex mutex_;  // of what follows; held for a copy
    std::condition_variable_any changed_;
    bool retry_ = false;
    std::int64_t sent_ms_ =
        0;  // boot clock, of the delivery under way or what was last acknowledged of it; 0: there is none
    ForwarderStatus status_;
    RateMeter rate_;

    std::jthread thread_;
};

Result<> Forwarder::Impl::start()
{
    if (auto opened = lanes_.open(); !opened) return opened;
    thread_ = std::jthread([this](const std::stop_token& stop) {
        const auto name = ("tg-up-" + options_.name).substr(0, longest_name);
        ::pthread_setname_np(::pthread_self(), name.c_str());
        run(stop);
    });
    return {};
}

void Forwarder::Impl::run(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        discards_.settle(boot_ms());
        send_dead_again(stop);
        if (!read(stop)) continue;
        if (!lanes_.gaps().next().empty())
            tell_gaps(stop);
        else if (!lanes_.current().records().empty())
            deliver(stop);
        else if (const auto kept = settle(0, {}); !kept)
            failed(kept.error(), options_.longest_retry, stop);
    }
}

// True: there is something to deliver, or to pass over.
bool Forwarder::Impl::read(const std::stop_token& stop)
{
    if (const auto done = lanes_.read(size_.limit() * window_.batches()); !done) {
        failed(done.error(), backoff_.failed(), stop);
        return false;
    }
    show();
    if (!lanes_.anything()) lanes_.wait(stop, idle);
    return lanes_.anything();
}

// What is tried goes over the link, taken or not.
Result<> Forwarder::Impl::send(const Delivery& delivery, const std::stop_token& stop)
{
    {
        const std::lock_guard lock(mutex_);
        sent_ms_ = boot_ms();
    }
    auto taken = sink_->deliver(delivery, stop);
    const std::lock_guard lock(mutex_);
    sent_ms_ = 0;
    status_.reopened = sink_->reopened();
    return taken;
}

// Somebody follows a message: where it is among these, its records carry its name, and he is told how it
// went.
Result<> Forwarder::Impl::send_traced(Delivery& delivery, const std::stop_token& stop)
{
    TraceTap::Sighting sighting{options_.name, delivery.epoch};
    std::string id;
    sighting.seqs = options_.trace->find(delivery.records, id);
    if (sighting.seqs.empty()) return send(delivery, stop);
    delivery.trace = id;
    delivery.traced = sighting.seqs;
    sighting.sent_us = TraceTap::now_us();
    auto taken = send(delivery, stop);
    sighting.ended_us = TraceTap::now_us();
    sighting.acknowledged = taken.has_value();
    if (!taken) sighting.why = taken.error().what;
    delivery.trace = {};
    delivery.traced = {};
    options_.trace->saw(std::move(sighting));
    return taken;
}

// Gaps go alone: neither they nor records take the blame for the other.
void Forwarder::Impl::tell_gaps(const std::stop_token& stop)
{
    auto& owed = lanes_.gaps();
    const auto gaps = owed.next();
    const Delivery delivery{options_.gateway, store_.state().epoch, {}, store_.series(), gaps};
    const auto taken = send(delivery, stop);
    lanes_.sent_besides(sink_->bytes());
    if (taken) {
        owed.told();
        backoff_.succeeded();
        return up();
    }
    if (stop.stop_requested()) return;
    const auto& error = taken.error();
    if (error.kind != ErrorKind::invalid) return not_taken(error, stop);
    if (gaps.size() > 1) return owed.fewer();
    // A receiver that will not have it: the books here say it, and the journal.
    log::error("upstream_refuses_gaps name={} first={} last={} why={}", options_.name, gaps.front().first_seq,
               gaps.back().last_seq, log::quoted(error.what));
    owed.told();
}

void Forwarder::Impl::deliver(const std::stop_token& stop)
{
    const auto& owed = lanes_.current();
    const auto records = owed.records();
    const auto part = size_.limit();
    Delivery delivery{options_.gateway, owed.epoch(), records, store_.series(), {}, lanes_.late()};
    delivery.part = part;
    const auto began = std::chrono::steady_clock::now();
    const bool traced = options_.trace != nullptr && options_.trace->on();
    const auto taken = traced ? send_traced(delivery, stop) : send(delivery, stop);
    const auto count = records.size();
    const bool windowed = count > part;
    const auto settled = taken ? count : std::min(sink_->settled(), count);
    judge(taken, windowed, settled,
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began));
    lanes_.sent(sink_->bytes(), settled);
    const auto refused = taken ? std::span<const Refusal>() : sink_->refused();
    if (const auto kept = settle(settled, refused); !kept)
        return failed(kept.error(), options_.longest_retry, stop);
    if (settled == count) return answered(count > refused.size(), taken);
    if (stop.stop_requested()) return;
    if (taken.error().kind != ErrorKind::invalid) return not_taken(taken.error(), stop);
    // Else the rest of it is tried by itself, and several batches one by one.
    if (settled == 0 && !windowed) invalid(taken.error(), stop);
}

// What the window is to make of a delivery. One that stops at a batch with something invalid in it bore the
// others; a single one that is invalid is for BatchSize.
void Forwarder::Impl::judge(const Result<>& taken,
                            bool windowed,
                            std::size_t settled,
                            std::chrono::milliseconds took)
{
    if (taken) return window_.delivered(took, lanes_.current().reach() >= size_.limit() * window_.batches());
    const bool invalid = taken.error().kind == ErrorKind::invalid;
    if (windowed && !(invalid && settled > 0)) return window_.failed();
    if (windowed || !invalid) window_.away();
}

// All of it is done with. If every record was refused by name, the other side is there, and no more is known.
void Forwarder::Impl::answered(bool delivered, const Result<>& taken)
{
    backoff_.succeeded();
    lanes_.acknowledged();
    if (delivered) {
        size_.delivered();
        return up();
    }
    size_.fitted();
    const std::lock_guard lock(mutex_);
    status_.attempts = 0;
    status_.alarm.clear();
    if (!status_.up) status_.why = taken.error().what;
}

// None of it was taken, and nothing in it was named for that.
void Forwarder::Impl::invalid(const Error& error, const std::stop_token& stop)
{
    switch (size_.refused(lanes_.current().records().size())) {
    case BatchSize::Then::try_smaller: return;
    case BatchSize::Then::hold: return failed(error, options_.longest_retry, stop);
    case BatchSize::Then::give_up: break;
    }
    const Refusal one{0, error.what};
    if (const auto kept = settle(1, std::span(&one, 1)); !kept)
        failed(kept.error(), options_.longest_retry, stop);
}

// The first `count` records are done with: they were delivered, but for those refused. What cannot be kept is
// not given up.
Result<> Forwarder::Impl::settle(std::size_t count, std::span<const Refusal> refused)
{
    auto& owed = lanes_.current();
    const auto dead = owed.dead(count, refused);
    if (auto kept = keep_dead(dead, owed.epoch()); !kept) return kept;
    owed.pass(count, dead);
    if (!dead.empty()) {
        const auto& [first, why] = dead.front();
        const auto series = store_.series().get(first.reading.series).value_or(store::Series{});
        discards_.say(log::Level::error, why, boot_ms(),
                      "upstream_discards name={} readings={} first={} topic={} field={} why={}",
                      options_.name, dead.size(), first.seq, log::quoted(series.topic),
                      log::quoted(series.field), log::quoted(why));
    }
    const std::lock_guard lock(mutex_);
    rate_.count(count - std::min(count, refused.size()), boot_ms());
    return {};
}

Result<> Forwarder::Impl::keep_dead(std::span<const Refused> dead, std::uint64_t epoch)
{
    if (options_.dead == nullptr) return {};
    std::vector<store::DeadLetter> letters;
    for (const auto& [record, why] : dead)
        letters.push_back({0, options_.name, epoch, record, why, wall_ms(), false});
    return options_.dead->add(letters);
}

// One of them, under the epoch and seq that it always had; late, for what is newer went before it.
void Forwarder::Impl::send_dead_again(const std::stop_token& stop)
{
    if (options_.dead == nullptr) return;
    auto letters = options_.dead->next_to_send(options_.name);
    if (!letters || letters->empty()) return;
    const auto& letter = letters->front();
    const Delivery delivery{options_.gateway, letter.epoch, std::span(&letter.record, 1),
                            store_.series(),  {},           true};
    const auto taken = send(delivery, stop);
    lanes_.sent_besides(sink_->bytes());
    if (stop.stop_requested() && !taken) return;
    Result<> written;
    if (taken) {
        up();
        backoff_.succeeded();
        written = options_.dead->remove(letter);
    } else if (taken.error().kind == ErrorKind::invalid) {
        const Refused again{letter.record, taken.error().what};
        written = keep_dead(std::span(&again, 1), letter.epoch);
    } else {
        return not_taken(taken.error(), stop);
    }
    if (!written) failed(written.error(), options_.longest_retry, stop);
}

void Forwarder::Impl::up()
{
    const std::lock_guard lock(mutex_);
    if (!std::exchange(status_.up, true)) {
        status_.since_ms = wall_ms();
        log::info("upstream_up name={} url={} after_attempts={}", options_.name, status_.url,
                  status_.attempts);
    }
    status_.attempts = 0;
    status_.why.clear();
    status_.alarm.clear();
}

// It is kept, and tried again after a while.
void Forwarder::Impl::not_taken(const Error& error, const std::stop_token& stop)
{
    const auto pause = error.kind == ErrorKind::denied ? options_.longest_retry : backoff_.failed();
    failed(error, std::max(pause, sink_->retry_after()), stop);
}

void Forwarder::Impl::failed(const Error& error, std::chrono::milliseconds pause, const std::stop_token& stop)
{
    lanes_.failed();
    std::unique_lock lock(mutex_);
    status_.seconds_left.reset();
    if (std::exchange(status_.up, false) || status_.since_ms == 0) status_.since_ms = wall_ms();
    ++status_.attempts;
    if (std::exchange(status_.why, error.what) != error.what)
        log::warning("upstream_down name={} why={}", options_.name, log::quoted(error.what));
    status_.alarm = error.kind == ErrorKind::denied    ? "denied"
                    : error.kind == ErrorKind::invalid ? "refuses_everything"
                                                       : "";
    status_.next_try_ms = wall_ms() + pause.count();
    changed_.wait_for(lock, stop, pause, [this] { return retry_; });
    retry_ = false;
    status_.next_try_ms = 0;
}

void Forwarder::Impl::show()
{
    const auto seconds_left = lanes_.seconds_left();
    const std::lock_guard lock(mutex_);
    status_.oldest_ms = lanes_.oldest_ms();
    status_.held_by = lanes_.held_by();
    status_.seconds_left = status_.up ? seconds_left : std::nullopt;
    retry_ = false;  // asked for while nothing was waiting
}

void Forwarder::Impl::retry_now()
{
    const std::lock_guard lock(mutex_);
    retry_ = true;
    changed_.notify_all();
}

ForwarderStatus Forwarder::Impl::status() const
{
    const std::lock_guard lock(mutex_);
    auto status = status_;
    const auto now = boot_ms();
    status.rate = rate_.per_second(now);
    if (sent_ms_ == 0) return status;
    status.unacknowledged_ms = now - sent_ms_;
    if (status.unacknowledged_ms < options_.stalled_after.count()) return status;
    // It takes what it is given and says nothing: that is not up, though nothing has failed yet.
    if (status.up) status.why = fmt::format("no acknowledgement for {} s", status.unacknowledged_ms / 1000);
    if (std::exchange(status.up, false)) status.since_ms = wall_ms() - status.unacknowledged_ms;
    return status;
}

Forwarder::Forwarder(store::Store& store, std::unique_ptr<Sink> sink, ForwarderOptions options)
    : impl_(std::make_unique<Impl>(store, std::move(sink), std::move(options)))
{
}
Forwarder::~Forwarder()
{
    impl_->stop();
}

Result<> Forwarder::start()
{
    return impl_->start();
}

void Forwarder::stop()
{
    impl_->stop();
}

void Forwarder::retry_now()
{
    impl_->retry_now();
}

ForwarderStatus Forwarder::status() const
{
    return impl_->status();
}

}  // namespace tidegate::bridge
