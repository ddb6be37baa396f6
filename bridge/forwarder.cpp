#include "bridge/forwarder.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "bridge/backoff.hpp"
#include "bridge/batch_size.hpp"
#include "bridge/rate_meter.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr auto idle = 1000ms;             // how long to wait for the store in one go
constexpr std::size_t longest_name = 15;  // of a thread
constexpr std::size_t most_gaps = 4;      // a delivery; each may speak of hundreds of series

}  // namespace

class Forwarder::Impl {
public:
    Impl(store::Store& store, std::unique_ptr<Sink> sink, ForwarderOptions options)
        : store_(store),
          sink_(std::move(sink)),
          options_(std::move(options)),
          size_(options_.batch),
          backoff_(options_.first_retry, options_.longest_retry)
    {
        status_.name = options_.name;
        status_.kind = sink_->kind();
        status_.url = sink_->url();
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
    void pass_over_holes();
    void leave_out();
    bool read_gaps();
    void tell_only_of_what_it_gets();
    void move_to(std::uint64_t seq, std::uint64_t delivered);
    void deliver(const std::stop_token& stop);
    void delivered();
    void pass_acknowledged();
    void invalid(const Error& error, const std::stop_token& stop);
    Result<> keep_dead(const store::Record& record, std::uint64_t epoch, const Error& why);
    void send_dead_again(const std::stop_token& stop);
    void up();
    void failed(const Error& error, std::chrono::milliseconds pause, const std::stop_token& stop);
    void owes(std::int64_t oldest_ms);

    store::Store& store_;
    std::unique_ptr<Sink> sink_;
    ForwarderOptions options_;

    // The thread's.
    std::unique_ptr<store::LogReader> reader_;
    std::uint64_t epoch_ = 0;  // of batch_
    std::uint64_t cursor_ = 0;
    std::vector<store::Record> batch_;     // what comes after the cursor and is not acknowledged
    std::uint64_t read_to_ = 0;            // seq of the last record read, which may be left out of batch_
    std::vector<std::uint64_t> left_out_;  // seqs read after the cursor that are not for this upstream
    std::vector<store::Gap> gaps_;         // to be delivered before it; not acknowledged
    BatchSize size_;
    Backoff backoff_;

    mutable std::mutex mutex_;  // of what follows; held for a copy
    std::condition_variable_any changed_;
    bool retry_ = false;
    ForwarderStatus status_;
    RateMeter rate_;

    std::jthread thread_;
};

Result<> Forwarder::Impl::start()
{
    auto reader = store_.reader();
    if (!reader) return reader.error();
    reader_ = std::move(*reader);
    cursor_ = store_.open_upstream(options_.name).cursor;
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
        send_dead_again(stop);
        if (read(stop)) deliver(stop);
    }
}

// True: there is something to deliver in gaps_ or in batch_.
bool Forwarder::Impl::read(const std::stop_token& stop)
{
    if (!gaps_.empty()) return true;
    // A batch that failed is sent again as it was, so that the other side can tell that it has it, unless the
    // store has given up some of it in the meantime, or it is to be tried in a smaller one.
    if (!batch_.empty()) {
        cursor_ = std::max(cursor_, store_.open_upstream(options_.name).cursor);
        if (batch_.front().seq > cursor_ && batch_.size() <= size_.limit()) return true;
        batch_.clear();
    }
    auto records = reader_->read_after(cursor_, size_.limit());
    if (!records) {
        failed(records.error(), backoff_.failed(), stop);
        return false;
    }
    batch_ = std::move(*records);
    epoch_ = reader_->epoch();
    pass_over_holes();
    leave_out();
    owes(batch_.empty() ? 0 : batch_.front().reading.time_ms);
    if (read_gaps()) return true;
    if (batch_.empty()) store_.wait_newer(std::max(cursor_, reader_->passed()), stop, idle);
    return !batch_.empty();
}

// Takes out of the batch what is not for this upstream. When nothing is left, it is passed over at once.
void Forwarder::Impl::leave_out()
{
    left_out_.clear();
    if (batch_.empty()) return;
    read_to_ = batch_.back().seq;
    if (options_.selection.takes_all()) return;
    std::erase_if(batch_, [this](const store::Record& record) {
        if (options_.selection.takes(store_.series(), record.reading.series)) return false;
        left_out_.push_back(record.seq);
        return true;
    });
    if (batch_.empty()) move_to(read_to_, 0);
}

// Moves the cursor over what was delivered and what is left out up to `seq`, which is all there is. Between
// the two steps it lies on something that is done with, too, only not as far.
void Forwarder::Impl::move_to(std::uint64_t seq, std::uint64_t delivered)
{
    const auto end = std::ranges::upper_bound(left_out_, seq);
    const auto left_out = static_cast<std::uint64_t>(end - left_out_.begin());
    left_out_.erase(left_out_.begin(), end);
    if (delivered > 0) store_.acknowledge(options_.name, cursor_ + delivered, delivered);
    if (left_out > 0) store_.leave_out(options_.name, seq, left_out);
    cursor_ = seq;
}

// What is missing before the batch is given up, so that the upstream is told before it gets what follows;
// what is behind a hole in it waits for the next batch.
void Forwarder::Impl::pass_over_holes()
{
    if (batch_.empty()) return;
    const auto last = batch_.front().seq - 1;
    if (last > cursor_) {
        store_.acknowledge(options_.name, last, 0);
        cursor_ = last;
    }
    const auto hole =
        std::adjacent_find(batch_.begin(), batch_.end(), [](auto& a, auto& b) { return b.seq != a.seq + 1; });
    if (hole != batch_.end()) batch_.erase(hole + 1, batch_.end());
}

// True: there are some in gaps_. Those that are not for this upstream, all of them where its format has no
// place for gaps, are passed over.
bool Forwarder::Impl::read_gaps()
{
    for (;;) {
        auto gaps = store_.owed_gaps(options_.name, most_gaps);
        if (!gaps) {
            log::warning("gaps of upstream={} cannot be read: {}", options_.name, gaps.error().what);
            return false;
        }
        if (gaps->empty()) return false;
        gaps_ = std::move(*gaps);
        const auto last = gaps_.back().id;
        tell_only_of_what_it_gets();
        if (!gaps_.empty()) return true;
        store_.gaps_delivered(options_.name, last);
    }
}

// Takes out of the gaps the series that are not for this upstream.
void Forwarder::Impl::tell_only_of_what_it_gets()
{
    if (!sink_->takes_gaps()) return gaps_.clear();
    if (options_.selection.takes_all()) return;
    std::erase_if(gaps_, [this](store::Gap& gap) {
        if (gap.parts.empty()) return false;  // it is not known what is missing
        auto parts = std::exchange(gap.parts, {});
        for (auto& part : parts) {
            auto first = part.first_seq;
            for (const auto& [series, count] : part.series) {
                if (options_.selection.takes(store_.series(), series)) {
                    auto own = part;
                    own.first_seq = first;
                    own.series = {{series, count}};
                    gap.parts.push_back(std::move(own));
                }
                first += count;
            }
        }
        return gap.parts.empty();
    });
}

void Forwarder::Impl::deliver(const std::stop_token& stop)
{
    // Gaps go alone: neither takes the blame for the other.
    const auto records =
        gaps_.empty() ? std::span<const store::Record>(batch_) : std::span<const store::Record>();
    const auto epoch = gaps_.empty() ? epoch_ : store_.state().epoch;
    const Delivery delivery{options_.gateway, epoch, records, store_.series(), gaps_};
    const auto taken = sink_->deliver(delivery, stop);
    if (taken) return delivered();
    pass_acknowledged();
    if (stop.stop_requested()) return;

    const auto& error = taken.error();
    switch (error.kind) {
    case ErrorKind::invalid: return invalid(error, stop);
    case ErrorKind::denied: return failed(error, options_.longest_retry, stop);
    default: break;
    }
    const auto pause = backoff_.failed();
    failed(error, std::max(pause, sink_->retry_after()), stop);
}

// The records before the first that failed are done with, and only those.
void Forwarder::Impl::pass_acknowledged()
{
    const auto count = gaps_.empty() ? std::min(sink_->acknowledged(), batch_.size()) : 0;
    if (count == 0) return;
    move_to(batch_[count - 1].seq, count);
    batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(count));
}

void Forwarder::Impl::delivered()
{
    backoff_.succeeded();
    const bool gaps = !gaps_.empty();
    if (gaps) {
        store_.gaps_delivered(options_.name, gaps_.back().id);
        gaps_.clear();
    } else {
        move_to(read_to_, batch_.size());
        size_.delivered();
    }

    up();
    const std::lock_guard lock(mutex_);
    if (gaps) return;
    rate_.count(batch_.size(), boot_ms());
    batch_.clear();
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

void Forwarder::Impl::invalid(const Error& error, const std::stop_token& stop)
{
    if (gaps_.size() > 1) {  // they may be too many
        gaps_.resize(gaps_.size() / 2);
        return;
    }
    if (!gaps_.empty()) {  // a receiver that will not have them: the books here say it, and the journal
        log::error("upstream_refuses_gaps name={} first={} last={} why={}", options_.name,
                   gaps_.front().first_seq, gaps_.back().last_seq, log::quoted(error.what));
        store_.gaps_delivered(options_.name, gaps_.back().id);
        gaps_.clear();
        return;
    }
    switch (size_.refused(batch_.size())) {
    case BatchSize::Then::try_smaller: return;
    case BatchSize::Then::hold: return failed(error, options_.longest_retry, stop);
    case BatchSize::Then::give_up: break;
    }
    // What cannot be kept is not given up.
    if (auto kept = keep_dead(batch_.back(), epoch_, error); !kept)
        return failed(kept.error(), options_.longest_retry, stop);
    if (const auto before = batch_.back().seq - 1; before > cursor_) move_to(before, 0);
    cursor_ = batch_.back().seq;
    store_.refuse(options_.name, batch_.back());
    const auto series = store_.series().get(batch_.back().reading.series).value_or(store::Series{});
    log::error("upstream_discards name={} seq={} topic={} field={} why={}", options_.name, cursor_,
               log::quoted(series.topic), log::quoted(series.field), log::quoted(error.what));
    batch_.clear();
}

Result<> Forwarder::Impl::keep_dead(const store::Record& record, std::uint64_t epoch, const Error& why)
{
    if (options_.dead == nullptr) return {};
    return options_.dead->add({0, options_.name, epoch, record, why.what, wall_ms(), false});
}

// One of them, under the epoch and seq that it always had.
void Forwarder::Impl::send_dead_again(const std::stop_token& stop)
{
    if (options_.dead == nullptr) return;
    auto letters = options_.dead->next_to_send(options_.name);
    if (!letters || letters->empty()) return;
    const auto& letter = letters->front();
    const Delivery delivery{options_.gateway, letter.epoch, std::span(&letter.record, 1), store_.series()};
    const auto taken = sink_->deliver(delivery, stop);
    if (stop.stop_requested() && !taken) return;
    Result<> written;
    if (taken) {
        up();
        backoff_.succeeded();
        written = options_.dead->remove(letter);
    } else if (taken.error().kind == ErrorKind::invalid) {
        written = keep_dead(letter.record, letter.epoch, taken.error());
    } else {
        const auto pause =
            taken.error().kind == ErrorKind::denied ? options_.longest_retry : backoff_.failed();
        return failed(taken.error(), std::max(pause, sink_->retry_after()), stop);
    }
    if (!written) failed(written.error(), options_.longest_retry, stop);
}

void Forwarder::Impl::failed(const Error& error, std::chrono::milliseconds pause, const std::stop_token& stop)
{
    std::unique_lock lock(mutex_);
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

void Forwarder::Impl::owes(std::int64_t oldest_ms)
{
    const std::lock_guard lock(mutex_);
    status_.oldest_ms = oldest_ms;
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
    status.rate = rate_.per_second(boot_ms());
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
