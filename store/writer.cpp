#include "store/writer.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/series_order.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <pthread.h>

namespace tidegate::store {

namespace {

constexpr std::int64_t cursor_interval_ms = 1000;  // an idle gateway saves a moved cursor this soon
constexpr std::chrono::milliseconds retry_pause{1000};
constexpr std::int64_t longest_wait_ms = 60'000;
constexpr std::int64_t full_told_every_ms = 60'000;
constexpr std::int64_t look_at_clock_ms = 1000;  // while readings wait for it to be set

double seconds_since(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Whether the upstream has a part of what is between them, and not all: it counts by the order of the log.
bool is_within(const UpstreamBooks& upstream, std::uint64_t begin, std::uint64_t end)
{
    const auto within = [&](std::uint64_t seq) { return seq >= begin && seq < end; };
    return within(upstream.cursor) ||
           std::any_of(upstream.ahead.begin(), upstream.ahead.end(),
                       [&](auto& one) { return within(one.after) || within(one.through); });
}

}  // namespace

Writer::Writer(const StoreOptions& options,
               Log log,
               Meta meta,
               SeriesTable& series,
               HotTable& hot,
               GapBook& gaps,
               BootClock& clock,
               WearMeter& wear,
               std::vector<std::uint64_t> round_ends)
    : options_(options),
      series_(series),
      hot_(hot),
      gaps_(gaps),
      clock_(clock),
      wear_(wear),
      log_(std::move(log)),
      meta_(std::move(meta)),
      described_(series.last()),
      ballast_(options.directory / "ballast", options.ballast_bytes),
      taken_intake_(log_.restored().intake),
      taken_books_(log_.restored().books),
      intake_(taken_intake_),
      books_(taken_books_),
      upstreams_(log_.restored().upstreams),
      unsynced_since_ms_(boot_ms()),  // what the last run left may not be on the disk yet
      last_seq_(log_.last_seq()),
      log_bytes_(log_.bytes()),
      horizon_(log_.horizon()),
      round_ends_(std::move(round_ends)),
      held_from_(clock_.first_waiting()),
      log_syncs_(wear_.log_syncs())
{
    clock_.on_set(
        [this](const BootClock::Shift& shift) { hot_.correct(shift.first, shift.last, shift.shift_ms); });
}

Writer::~Writer()
{
    stop();
}

void Writer::start()
{
    thread_ = std::jthread([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "tg-writer");
        run(stop);
    });
}

void Writer::stop()
{
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

bool Writer::append(Batch batch, std::stop_token stop)
{
    std::unique_lock lock(mutex_);
    const auto full = [&] { return pending_readings_ + in_commit_ >= options_.pending_readings; };
    if (full()) {
        const auto room = [&] { return has_room() || out_of_patience(); };
        if (!room_.wait(lock, stop, room)) return false;
        if (full()) drop_oldest();
    }
    if (pending_since_ms_ == 0) pending_since_ms_ = boot_ms();
    const bool was_idle = pending_.empty();
    pending_readings_ += batch.readings.size();
    pending_.push_back(std::move(batch));
    if (was_idle || pending_readings_ >= options_.commit_readings) wake_.notify_one();
    return true;
}

// Who waited for room goes on when there is some for more than one batch: they do not take turns.
bool Writer::has_room() const
{
    return pending_readings_ + in_commit_ < options_.pending_readings - options_.pending_readings / 4;
}

bool Writer::out_of_patience() const
{
    return trouble_since_ms_ != 0 && boot_ms() - trouble_since_ms_ >= options_.trouble_patience.count();
}

// The oldest batches but for those that are being committed.
void Writer::drop_oldest()
{
    std::size_t count = 0, derived = 0;
    while (!pending_.empty() && pending_readings_ + in_commit_ >= options_.pending_readings) {
        auto& oldest = pending_.front();
        count += oldest.readings.size();
        derived += oldest.books.derived;
        pending_readings_ -= oldest.readings.size();
        if (oldest.intake) {
            note(taken_intake_, *oldest.intake);
            note(given_up_, *oldest.intake);
        }
        taken_books_.add(oldest.books);
        pending_.pop_front();
    }
    taken_books_.stored_readings -= count - derived;
    taken_books_.derived -= derived;
    taken_books_.suppressed.at(static_cast<std::size_t>(Suppress::disk)) += count - derived;
    dropped_ += count;
    if (dropped_told_ms_ != 0 && boot_ms() - dropped_told_ms_ < full_told_every_ms) return;
    dropped_told_ms_ = boot_ms();
    log::error("nothing can be committed and memory is full: the oldest readings are dropped; so far: {}",
               dropped_);
}

std::int64_t Writer::next_due_ms() const
{
    if (flushes_asked_ > flushes_done_ || pending_readings_ >= options_.commit_readings) return 0;
    auto due = std::numeric_limits<std::int64_t>::max();
    if (pending_since_ms_ != 0) due = std::min(due, pending_since_ms_ + options_.commit_interval.count());
    if (moved_since_ms_ != 0) due = std::min(due, moved_since_ms_ + cursor_interval_ms);
    if (unsynced_since_ms_ != 0 && options_.durability == Durability::timed)
        due = std::min(due, unsynced_since_ms_ + options_.sync_interval.count());
    return due;
}

void Writer::run(const std::stop_token& stop)
{
    for (;;) {
        bool last_one = false;
        {
            std::unique_lock lock(mutex_);
            while (!stop.stop_requested() && next_due_ms() > boot_ms()) {
                const auto due = next_due_ms();
                const auto longest = held_from_ == 0 ? longest_wait_ms : look_at_clock_ms;
                const auto wait = std::min<std::int64_t>(due - boot_ms(), longest);
                wake_.wait_for(lock, stop, std::chrono::milliseconds(wait),
                               [&] { return next_due_ms() < due; });
                if (held_from_ == 0) continue;
                (void)clock_.read();
                release_held();
            }
            last_one = stop.stop_requested();
            take_work(boot_ms(), last_one);
        }
        ballast_.lay(boot_ms());
        if (!commit_until_done(work_, stop) || last_one) return;
    }
}

// Whole batches, up to as many readings as one commit is to have: a row of the log stays of one size, also
// when much has gathered while the disk was slow.
void Writer::take_work(std::int64_t now_ms, bool last_one)
{
    auto& work = work_;
    work.readings.clear();
    while (!pending_.empty() && (last_one || work.readings.size() < options_.commit_readings)) {
        auto& batch = pending_.front();
        if (work.readings.empty())
            work.readings.swap(batch.readings);
        else
            std::move(batch.readings.begin(), batch.readings.end(), std::back_inserter(work.readings));
        taken_books_.add(batch.books);
        if (batch.intake) note(taken_intake_, *batch.intake);
        pending_.pop_front();
    }
    in_commit_ = work.readings.size();
    pending_readings_ -= in_commit_;
    work.clock = clock_.read();
    work.state = {taken_intake_, taken_books_, upstreams_, wear_.total(), 0};
    dropping_ = work.trim = what_to_trim();
    // Of this commit or one before it: when the oldest of what is not on the disk yet came in.
    const auto oldest_ms = unsynced_since_ms_ != 0 ? unsynced_since_ms_ : pending_since_ms_;
    const bool sync_due = options_.durability == Durability::timed && oldest_ms != 0 &&
                          now_ms - oldest_ms >= options_.sync_interval.count();
    const bool each = options_.durability == Durability::strict;
    work.sync = sync_due || each || last_one || flushes_asked_ > flushes_done_ ? Sync::full : Sync::normal;
    pending_since_ms_ = pending_.empty() ? 0 : now_ms;
    moved_since_ms_ = 0;
    unsynced_since_ms_ = oldest_ms != 0 ? oldest_ms : now_ms;
}

// What is sealed and sent goes. Beyond the bound a whole round goes that is not sent, too: it is read from
// its sealed file then. Not the last row, which holds the state; and not a round that an upstream is in the
// middle of, for it counts by the order of the log.
Trim Writer::what_to_trim()
{
    Trim trim;
    const auto sealed = hot_.oldest_seq(last_seq_) - 1;
    trim.through = sealed;
    for (const auto& upstream : upstreams_) trim.through = std::min(trim.through, upstream.cursor);
    std::erase_if(round_ends_, [&](auto end) { return end <= trim.through; });
    std::erase_if(dropped_rounds_, [&](auto end) { return end <= trim.through; });
    if (log_bytes_ <= options_.log_bytes) return trim;
    std::uint64_t begin = 0;
    for (const auto end : round_ends_) {
        const auto inside = [&](auto& upstream) { return is_within(upstream, begin, end); };
        const auto pinned = [&](auto& pin) { return pin.after < end && pin.last > begin; };
        if (end <= sealed && end < last_seq_ && !dropped_rounds_.contains(end) &&
            std::none_of(upstreams_.begin(), upstreams_.end(), inside) &&
            std::none_of(pins_.begin(), pins_.end(), pinned)) {
            trim.after = begin;
            trim.until = end;
            return trim;
        }
        begin = end;
    }
    return trim;
}

// A disk that is full or broken is waited for: nothing that was taken in is dropped. When the process is to
// end first, the readings are still in the intake ring, whose tail was not moved.
bool Writer::commit_until_done(Work& work, const std::stop_token& stop)
{
    for (;;) {
        const auto start = std::chrono::steady_clock::now();
        auto done = commit(work);
        if (done) {
            finish(work, seconds_since(start));
            return true;
        }
        if (done.error().kind == ErrorKind::full && ballast_.give_up()) continue;
        IntakePositions given_up;
        {
            const std::scoped_lock lock(mutex_);
            given_up.swap(given_up_);
        }
        tell(given_up);
        std::unique_lock lock(mutex_);
        if (trouble_since_ms_ == 0) trouble_since_ms_ = boot_ms();
        if (trouble_ != done.error().what) log::error("commit failed, trying again: {}", done.error().what);
        trouble_ = done.error().what;
        committed_.notify_all();  // a flush() must not wait for ever
        room_.notify_all();       // nor append()
        if (stop.stop_requested()) return false;
        wake_.wait_for(lock, stop, retry_pause, [] { return false; });
    }
}

// The intake may forget what is before these positions.
void Writer::tell(const IntakePositions& positions) const
{
    if (!told_) return;
    for (const auto& position : positions) told_(position);
}

// What is new in the series table, and what has changed in it.
Result<> Writer::describe_series()
{
    const auto changed = series_.changed(described_);
    const auto fresh = series_.list(described_, series_.last() - described_);
    for (const auto* some : {&changed, &fresh})
        if (!some->empty())
            if (auto done = meta_.keep(*some); !done) return done;
    series_.kept(changed);
    if (!fresh.empty()) described_ = fresh.back().id;
    return {};
}

Result<> Writer::commit(Work& work)
{
    // A file system that was read-only when they were opened leaves handles that stay so.
    if (auto done = meta_.thaw(); !done) return done;
    if (auto done = log_.thaw(); !done) return done;
    if (auto done = describe_series(); !done) return done;
    clock_.put_right(work.readings, work.clock);
    work.state.series = described_;
    // The order of the log: by series, within a series by arrival.
    work.ordered = in_order_of_series(work.readings);
    return log_.commit(work.ordered, work.state, work.trim, work.sync, work.clock);
}

void Writer::finish(Work& work, double seconds)
{
    const auto before = log_.last_seq() - work.readings.size();
    const bool waits = std::any_of(work.readings.begin(), work.readings.end(),
                                   [](auto& reading) { return (reading.flags & flag::unsynchronised) != 0; });
    if (waits) clock_.committed(work.clock, before + 1, log_.last_seq());
    wear_.look(boot_ms());
    hot_.add(work.ordered, before + 1);
    tell(work.state.intake);
    {
        const std::scoped_lock lock(mutex_);
        if (!trouble_.empty()) log::info("commits resumed");
        trouble_.clear();
        trouble_since_ms_ = 0;
        in_commit_ = 0;
        intake_ = work.state.intake;
        books_ = work.state.books;
        last_seq_ = log_.last_seq();
        log_bytes_ = log_.bytes();
        horizon_ = log_.horizon();
        const auto safe = std::max(sent(), hot_.oldest_seq(last_seq_) - 1);
        held_bytes_ = log_.bytes_after(safe);
        held_readings_ = last_seq_ - std::min(safe, last_seq_);
        if (work.trim.until > 0) dropped_rounds_.insert(work.trim.until);
        dropping_ = {};
        if (options_.durability == Durability::relaxed) {
            // SQLite has synced the WAL for a checkpoint of its own: everything before it is on the disk.
            if (wear_.log_syncs() > log_syncs_) synced_seq_ = std::max(synced_seq_, before);
            log_syncs_ = wear_.log_syncs();
        }
        if (waits && held_from_ == 0) held_from_ = before + 1;
        release_held();
        if (work.sync == Sync::full) {
            synced_seq_ = last_seq_;
            unsynced_since_ms_ = 0;
            if (pending_.empty()) flushes_done_ = flushes_asked_;
        }
        statistics_.add(seconds);
        if (has_room()) room_.notify_all();
    }
    committed_.notify_all();
}

Result<> Writer::flush()
{
    std::unique_lock lock(mutex_);
    const auto mine = ++flushes_asked_;
    wake_.notify_one();
    committed_.wait(lock, [&] { return flushes_done_ >= mine || !trouble_.empty(); });
    if (flushes_done_ < mine) return Error{ErrorKind::unavailable, trouble_};
    return {};
}

UpstreamBooks* Writer::find(const std::string& name)
{
    const auto found = std::find_if(upstreams_.begin(), upstreams_.end(),
                                    [&](auto& upstream) { return upstream.name == name; });
    return found == upstreams_.end() ? nullptr : &*found;
}

void Writer::retire_rings_but(const std::vector<std::uint64_t>& rings)
{
    const auto gone = [&](const auto& position) {
        return std::ranges::find(rings, position.ring) == rings.end();
    };
    const std::scoped_lock lock(mutex_);
    std::erase_if(taken_intake_, gone);
    std::erase_if(intake_, gone);
}

void Writer::retire_upstreams_but(const std::vector<std::string>& names)
{
    const std::scoped_lock lock(mutex_);
    std::erase_if(upstreams_, [&](const UpstreamBooks& upstream) {
        const bool gone = std::find(names.begin(), names.end(), upstream.name) == names.end();
        if (gone)
            log::warning(
                "upstream={} is not configured any more: {} readings that it was owed are not kept for it",
                upstream.name, upstream.queued(last_seq_));
        return gone;
    });
}

UpstreamBooks Writer::open_upstream(const std::string& name)
{
    const std::scoped_lock lock(mutex_);
    if (const auto* known = find(name)) return *known;
    upstreams_.push_back({name, horizon_, horizon_, 0, {}, gaps_.last_owed(name), {}, {}});
    moved();
    return upstreams_.back();
}

// What lies between the cursor and the first reading told of is not there any more. That is written down
// before the cursor moves: a kill between the two says it once, too.
void Writer::advance(const std::string& name, std::uint64_t seq, std::uint64_t delivered, Lane lane)
{
    std::uint64_t cursor = 0, end = 0;
    {
        const std::scoped_lock lock(mutex_);
        const auto* upstream = find(name);
        assert(upstream != nullptr && seq <= last_seq_);
        if (upstream == nullptr || seq <= upstream->place(lane)) return;  // an old acknowledgement again
        cursor = upstream->place(lane);
        end = upstream->end(lane);
        assert(seq <= end);
    }
    const auto moved = seq - cursor;
    delivered = std::min(delivered, moved);
    Discards given_up{};
    if (const auto count = moved - delivered; count > 0) {
        log::error(
            "upstream={} does not get {} readings: they were given up, or damaged, before they were sent",
            name, count);
        given_up = gaps_.give_up(name, cursor + 1, cursor + count, end);
    }
    move(name, lane, {seq, delivered, given_up});
}

void Writer::refuse(const std::string& name, std::span<const Record> records, Lane lane)
{
    if (records.empty()) return;
    advance(name, records.front().seq - 1, 0, lane);
    gaps_.refused(name, records, open_upstream(name).end(lane));
    Step step{records.back().seq};
    step.discarded.at(static_cast<std::size_t>(Discard::refused)) = records.size();
    move(name, lane, step);
}

void Writer::leave_out(const std::string& name, std::uint64_t seq, std::uint64_t count, Lane lane)
{
    Step step{seq};
    step.discarded.at(static_cast<std::size_t>(Discard::left_out)) = count;
    move(name, lane, step);
}

void Writer::move(const std::string& name, Lane lane, const Step& step)
{
    const std::scoped_lock lock(mutex_);
    auto* upstream = find(name);
    if (upstream == nullptr || step.seq <= upstream->place(lane)) return;
    upstream->delivered += step.delivered;
    for (std::size_t i = 0; i < step.discarded.size(); ++i) upstream->discarded[i] += step.discarded[i];
    upstream->move(lane, step.seq);
    moved();
}

UpstreamBooks Writer::split_lanes(const std::string& name)
{
    const std::scoped_lock lock(mutex_);
    auto* upstream = find(name);
    assert(upstream != nullptr);
    if (upstream == nullptr) return {};
    if (upstream->split(sendable())) moved();
    return *upstream;
}

void Writer::spend(const std::string& name, const Spent& spent)
{
    const std::scoped_lock lock(mutex_);
    auto* upstream = find(name);
    if (upstream == nullptr || upstream->spent == spent) return;
    upstream->spent = spent;
    moved();
}

void Writer::moved()
{
    if (moved_since_ms_ == 0) moved_since_ms_ = boot_ms();
    wake_.notify_one();
}

void Writer::gaps_delivered(const std::string& name, std::uint64_t id)
{
    const std::scoped_lock lock(mutex_);
    auto* upstream = find(name);
    if (upstream == nullptr || id <= upstream->gap) return;
    upstream->gap = id;
    moved();
}

std::uint64_t Writer::sent_seq() const
{
    const std::scoped_lock lock(mutex_);
    return sent();
}

std::uint64_t Writer::sent() const
{
    auto sent = last_seq_;
    for (const auto& upstream : upstreams_) sent = std::min(sent, upstream.cursor);
    return sent;
}

void Writer::round_sealed(std::uint64_t last)
{
    const std::scoped_lock lock(mutex_);
    round_ends_.push_back(last);
}

bool Writer::pin(const void* reader, std::uint64_t seq, std::uint64_t last)
{
    const std::scoped_lock lock(mutex_);
    if (seq < dropping_.until && last > dropping_.after) return false;
    const auto found =
        std::find_if(pins_.begin(), pins_.end(), [&](auto& pin) { return pin.reader == reader; });
    if (found == pins_.end())
        pins_.push_back({reader, seq, last});
    else
        *found = {reader, seq, last};
    return true;
}

void Writer::unpin(const void* reader)
{
    const std::scoped_lock lock(mutex_);
    std::erase_if(pins_, [&](auto& pin) { return pin.reader == reader; });
}

bool Writer::wait_newer(std::uint64_t seq, std::stop_token stop, std::chrono::milliseconds most)
{
    std::unique_lock lock(mutex_);
    return committed_.wait_for(lock, stop, most, [&] { return sendable() > seq; });
}

void Writer::release_held()
{
    if (held_from_ == 0 || !clock_.settled()) return;
    held_from_ = 0;
    committed_.notify_all();
}

std::uint64_t Writer::sendable() const
{
    const auto safe = options_.durability == Durability::relaxed ? last_seq_ : synced_seq_;
    return held_from_ == 0 ? safe : std::min(safe, held_from_ - 1);
}

std::uint64_t Writer::sendable_seq() const
{
    const std::scoped_lock lock(mutex_);
    return sendable();
}

std::uint64_t Writer::synced_seq() const
{
    const std::scoped_lock lock(mutex_);
    return synced_seq_;
}

void Writer::describe(StoreState& state) const
{
    const std::scoped_lock lock(mutex_);
    state.epoch = log_.epoch();
    state.last_seq = last_seq_;
    state.pending = pending_readings_ + in_commit_;
    state.intake = intake_;
    state.books = books_;
    state.upstreams = upstreams_;
    state.log_bytes = log_bytes_;
    state.log_bytes_most = options_.log_bytes;
    if (!upstreams_.empty()) {
        state.held_bytes = held_readings_ > 0 ? held_bytes_ : 0;
        state.held_bytes_most = std::max(options_.log_bytes, state.held_bytes);
        if (held_readings_ > 0)
            state.bytes_a_reading = static_cast<double>(held_bytes_) / static_cast<double>(held_readings_);
    }
    state.commits = statistics_;
    state.trouble = trouble_;
    if (!trouble_.empty() && dropped_ > 0)
        state.trouble += fmt::format("; readings dropped so far: {}", dropped_);
    state.dropped = dropped_;
}

}  // namespace tidegate::store
