#include "gateway/tracer.hpp"

#include "base/clock.hpp"
#include "base/topic_filter.hpp"
#include "bridge/delivery_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <random>
#include <utility>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t us_a_second = 1'000'000;
constexpr std::size_t most_named = 20;  // seqs, in a line

std::string drawn_id()
{
    std::random_device chance;
    return fmt::format("{:08x}", chance());
}

std::int64_t now_us()
{
    return bridge::TraceTap::now_us();
}

}  // namespace

std::string_view Tracer::to_string(State state)
{
    switch (state) {
    case State::none: return "none";
    case State::waiting: return "waiting";
    case State::following: return "following";
    case State::done: return "done";
    case State::timed_out: return "timed_out";
    }
    return "";
}

Result<std::string> Tracer::begin(const std::string& filter,
                                  std::int64_t seconds,
                                  std::vector<std::string> upstreams)
{
    if (!valid_filter(filter))
        return Error{ErrorKind::invalid, fmt::format("\"{}\" is no topic filter", filter.substr(0, 100))};
    const std::scoped_lock lock(mutex_);
    end_if_over();
    if (state_ == State::waiting || state_ == State::following)
        return Error{ErrorKind::full,
                     fmt::format("a message on {} is being followed already, for at most {} s more", filter_,
                                 (until_us_ - now_us()) / us_a_second + 1)};
    id_ = drawn_id();
    filter_ = filter;
    topic_.clear();
    stages_.clear();
    readings_.clear();
    upstreams_.clear();
    for (auto& name : upstreams) upstreams_.push_back({std::move(name)});
    position_.reset();
    sighted_ = 0;
    began_us_ = now_us();
    until_us_ = began_us_ + seconds * us_a_second;
    state_ = State::waiting;
    waits_ = true;
    return id_;
}

bool Tracer::claims(const bridge::Message& message)
{
    const std::scoped_lock lock(mutex_);
    end_if_over();
    if (state_ != State::waiting || !matches(filter_, message.topic)) return false;
    waits_ = false;
    state_ = State::following;
    topic_ = message.topic;
    arrived_ms_ = message.arrived_ms;
    const auto waited_ms = std::max<std::int64_t>(0, wall_ms() - message.arrived_ms);
    stages_.push_back(
        {"arrived", now_us() - waited_ms * 1000,
         fmt::format("{} bytes{}{}; in the ring, and acknowledged to the broker", message.payload.size(),
                     message.retained ? ", retained" : "", message.duplicate ? ", DUP" : "")});
    note("taken", fmt::format("from the ring, {} ms after it came", waited_ms));
    return true;
}

void Tracer::decoded(const Decoded& decoded)
{
    const std::scoped_lock lock(mutex_);
    if (state_ != State::following) return;
    if (!decoded.rejected)
        return note("decoded", fmt::format("as {}: {} readings{}{}", decoded.decoder, decoded.fields.size(),
                                           decoded.why.empty() ? "" : "; ", decoded.why));
    note("rejected", fmt::format("{}: {}", store::to_string(*decoded.rejected), decoded.why));
    state_ = State::done;
}

void Tracer::ruled(std::vector<store::Reading> kept, std::string what)
{
    const std::scoped_lock lock(mutex_);
    if (state_ != State::following) return;
    note("rules", std::move(what));
    readings_ = kept;
    if (kept.empty())
        state_ = State::done;
    else
        tap_.begin(id_, std::move(kept));
}

void Tracer::shown()
{
    const std::scoped_lock lock(mutex_);
    if (state_ == State::following) note("live", "in the live table");
}

void Tracer::handed_over(const store::IntakePosition& position)
{
    const std::scoped_lock lock(mutex_);
    if (state_ != State::following) return;
    note("handed over", "to the store's writer");
    position_ = position;
    uncommitted_ = true;
}

void Tracer::committed(const store::IntakePosition& position)
{
    if (!uncommitted_.load(std::memory_order_relaxed)) return;
    const std::scoped_lock lock(mutex_);
    if (!position_ || position.ring != position_->ring || position.tail < position_->tail) return;
    uncommitted_ = false;
    if (state_ != State::following) return;
    note("committed", "to the log");
    if (upstreams_.empty()) state_ = State::done;
}

void Tracer::note(std::string stage, std::string what)
{
    stages_.push_back({std::move(stage), now_us(), std::move(what)});
}

// What the forwarders have seen since.
void Tracer::take_sightings()
{
    const auto seen = tap_.seen();
    for (; sighted_ < seen.size(); ++sighted_) {
        const auto& one = seen[sighted_];
        const std::span<const std::uint64_t> named(one.seqs.data(), std::min(one.seqs.size(), most_named));
        stages_.push_back({"sent", one.sent_us,
                           fmt::format("to {}, epoch {}, seq {}", one.upstream, bridge::epoch_text(one.epoch),
                                       fmt::join(named, " "))});
        stages_.push_back({one.acknowledged ? "acknowledged" : "not taken", one.ended_us,
                           fmt::format("by {}{}{}", one.upstream, one.why.empty() ? "" : ": ", one.why)});
        const auto waiting = std::ranges::find(upstreams_, one.upstream, &Waiting::upstream);
        if (waiting != upstreams_.end()) waiting->acknowledged |= one.acknowledged;
    }
}

bool Tracer::is_over() const
{
    return state_ == State::none || state_ == State::done || state_ == State::timed_out;
}

void Tracer::end_if_over()
{
    if (state_ == State::following) take_sightings();
    const bool all = std::ranges::all_of(upstreams_, &Waiting::acknowledged);
    const bool committed = position_.has_value() && !uncommitted_;
    if (state_ == State::following && committed && all) state_ = State::done;
    if (!is_over() && now_us() >= until_us_) {
        if (state_ == State::following) note("given up", "the time is over");
        state_ = State::timed_out;
    }
    if (!is_over()) return;
    waits_ = false;
    if (tap_.on()) tap_.end();
}

void Tracer::look()
{
    const std::scoped_lock lock(mutex_);
    end_if_over();
}

std::string Tracer::json()
{
    using Json = nlohmann::ordered_json;
    const std::scoped_lock lock(mutex_);
    if (state_ == State::none) return {};
    end_if_over();
    Json stages = Json::array();
    for (const auto& [name, at_us, what] : stages_)
        stages.push_back({{"stage", name},
                          {"ms", static_cast<double>(at_us - stages_.front().at_us) / 1000},
                          {"what", what}});
    Json waiting = Json::array();
    for (const auto& [upstream, acknowledged] : upstreams_)
        if (!acknowledged) waiting.push_back(upstream);
    const Json json{{"id", id_},
                    {"state", to_string(state_)},
                    {"filter", filter_},
                    {"topic", topic_.empty() ? Json() : Json(topic_)},
                    {"arrived", arrived_ms_ == 0 || topic_.empty() ? Json() : Json(arrived_ms_)},
                    {"readings", readings_.size()},
                    {"stages", std::move(stages)},
                    {"unacknowledged", std::move(waiting)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tidegate::gateway
