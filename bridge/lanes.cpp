#include "bridge/lanes.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::bridge {

namespace {

Moment now()
{
    return {boot_ms(), wall_ms()};
}

}  // namespace

Lanes::Lanes(store::Store& store, const Sink& sink, std::string name, Selection selection, LaneRules rules)
    : store_(store),
      name_(std::move(name)),
      selection_(std::move(selection)),
      rules_(rules),
      gaps_(store_, sink, selection_, name_),
      live_(store_, sink, selection_, name_, store::Lane::live),
      backlog_(store_, sink, selection_, name_, store::Lane::backlog),
      pace_(rules.pace, {}, now())
{
}

Result<> Lanes::open()
{
    for (auto* lane : {&live_, &backlog_})
        if (auto opened = lane->open(); !opened) return opened;
    const auto books = store_.open_upstream(name_);
    pace_ = Pace(rules_.pace, books.spent, now());
    live_.begin(books);
    split_ = !books.ahead.empty();
    if (split_) backlog_.begin(books);
    away_ = books.queued(store_.state().last_seq) > rules_.few;
    return {};
}

bool Lanes::many_wait() const
{
    return store_.sendable_seq() > live_.place() + rules_.few;
}

// What is new before what is old.
Result<> Lanes::read(std::size_t limit)
{
    while (split_ && backlog_.ended()) met();
    gaps_.read();
    hold_ = {};
    current_ = &live_;
    late_ = (away_ || failed_for_long()) && many_wait();
    if (!gaps_.next().empty()) return {};
    if (auto done = live_.read(limit); !done) return done;
    if (split_ && !live_.anything())
        if (auto done = read_backlog(limit); !done) return done;
    gaps_.read();  // a hole that this reading came upon is told before what lies behind it
    note_oldest();
    return {};
}

Result<> Lanes::read_backlog(std::size_t limit)
{
    hold_ = pace_.hold(limit, now());
    if (hold_.wait.count() > 0) return {};
    if (auto done = backlog_.read(pace_.limit(limit, now())); !done) return done;
    current_ = &backlog_;
    late_ = true;
    return {};
}

// One stretch of the backlog is done with; behind what was sent ahead there may be another.
void Lanes::met()
{
    const auto books = store_.open_upstream(name_);
    split_ = !books.ahead.empty();
    if (split_) return backlog_.begin(books);
    log::info("upstream_backlog_done name={}", name_);
}

void Lanes::note_oldest()
{
    const auto& oldest = split_ ? backlog_ : live_;
    if (!oldest.records().empty())
        oldest_ms_ = oldest.records().front().reading.time_ms;
    else if (!split_)
        oldest_ms_ = 0;
}

void Lanes::wait(const std::stop_token& stop, std::chrono::milliseconds most)
{
    live_.wait(stop, hold_.wait.count() > 0 ? std::min(most, hold_.wait) : most);
}

void Lanes::sent(std::uint64_t bytes, std::uint64_t records)
{
    count(bytes, records, current_ == &backlog_);
}

void Lanes::sent_besides(std::uint64_t bytes)
{
    count(bytes, 0, false);
}

void Lanes::count(std::uint64_t bytes, std::uint64_t records, bool backlog)
{
    pace_.sent(bytes, records, backlog, now());
    const auto& rules = rules_.pace;
    if (rules.bytes_per_hour > 0 || rules.bytes_per_day > 0) store_.spend(name_, pace_.spent());
}

void Lanes::acknowledged()
{
    away_ = away_ || failed_for_long();
    failed_since_ms_ = 0;
    // What was under way when the outage came goes as it was, so that the other side can know it again.
    if (!away_ || live_.anything()) return;
    away_ = false;
    if (!many_wait()) return;
    while (split_ && backlog_.ended()) met();  // with this very batch, perhaps
    const auto before = live_.place();
    const auto books = store_.split_lanes(name_);
    if (books.place(store::Lane::live) == before) return;
    live_.begin(books);
    if (split_)
        backlog_.ends(books);
    else
        backlog_.begin(books);
    split_ = true;
    log::info("upstream_backlog name={} readings={}", name_, books.backlog());
}

bool Lanes::failed_for_long() const
{
    return failed_since_ms_ != 0 && boot_ms() - failed_since_ms_ >= rules_.outage.count();
}

void Lanes::failed()
{
    if (failed_since_ms_ == 0) failed_since_ms_ = boot_ms();
}

std::optional<std::int64_t> Lanes::seconds_left() const
{
    if (!split_) return std::nullopt;
    return pace_.seconds_for(store_.open_upstream(name_).backlog(), now());
}

}  // namespace tidegate::bridge
