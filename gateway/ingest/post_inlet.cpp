#include "gateway/ingest/post_inlet.hpp"

#include "base/clock.hpp"
#include "base/gzip.hpp"
#include "base/utf8.hpp"
#include "gateway/ingest/posted_lines.hpp"
#include "gateway/ingest/posted_readings.hpp"
#include "gateway/load/load_level.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <pthread.h>
#include <utility>
#include <vector>

namespace tidegate::gateway {

namespace {

using Outcome = web::PostResult::Outcome;

constexpr std::chrono::milliseconds look_at_overdue{500};

web::PostResult refusal(Outcome outcome, std::string why)
{
    web::PostResult result;
    result.outcome = outcome;
    result.why = std::move(why);
    return result;
}

// They point into `posted`, and have arrived together.
std::vector<bridge::Message> messages_of(const std::vector<PostedMessage>& posted)
{
    const auto now_ms = wall_ms();
    const bool unsynchronised = !clock_synchronised();
    std::vector<bridge::Message> messages;
    messages.reserve(posted.size());
    for (const auto& one : posted)
        messages.push_back({.topic = one.topic,
                            .payload = one.payload,
                            .arrived_ms = now_ms,
                            .unsynchronised = unsynchronised,
                            .form = one.form});
    return messages;
}

UnpackedPost unpack(web::Post& post, const DecodeLimits& limits)
{
    if (post.packed) {
        auto plain = gunzipped(post.body, web::largest_unpacked_post);
        if (!plain && plain.error().kind == ErrorKind::full) {
            auto post_is = invalid_post(
                fmt::format("the body holds more than {} bytes unpacked", web::largest_unpacked_post));
            post_is.result.outcome = Outcome::too_large;
            return post_is;
        }
        if (!plain) return invalid_post("the body is no gzip");
        post.body = std::move(*plain);
    }
    return post.form == web::Post::Form::lines ? unpack_lines(post.topic, post.body, post.unit_ns, limits)
                                               : unpack_readings(post.body, limits);
}

// The first of them that whoever posts may not write to; none: all may be written.
const PostedMessage* beyond(const web::Scope& write, const std::vector<PostedMessage>& messages)
{
    for (const auto& message : messages)
        if (!write.allows(message.topic)) return &message;
    return nullptr;
}

// What a post takes of a ring. Twice the largest message besides: a ring is not filled to its last byte where
// the next message is larger than the rest of it.
std::uint64_t room_for(const std::vector<bridge::Message>& messages)
{
    std::uint64_t bytes = 0;
    std::uint64_t largest = 0;
    for (const auto& message : messages) {
        const auto each = bridge::IntakeRing::bytes_of(message);
        bytes += each;
        largest = std::max(largest, each);
    }
    return bytes + 2 * largest;
}

}  // namespace

PostInlet::PostInlet(bridge::IntakeRing& ring, Options options)
    : ring_(ring),
      options_(std::move(options)),
      limits_(options_.limits)
{
}

PostInlet::~PostInlet()
{
    stop();
}

void PostInlet::start()
{
    thread_ = std::jthread([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "tg-posts");
        run(stop);
    });
}

void PostInlet::stop()
{
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    std::deque<Job> jobs;
    {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
        jobs.swap(jobs_);
        queued_bytes_ = 0;
    }
    for (auto& job : jobs) answer(job.done, refusal(Outcome::pressed, "the gateway stops"));
}

void PostInlet::answer_rest()
{
    std::deque<Waiting> rest;
    {
        const std::scoped_lock lock(mutex_);
        rest.swap(waiting_);
    }
    for (auto& one : rest) answer(one.done, refusal(Outcome::overdue, "the gateway stops"));
}

bool PostInlet::waits() const
{
    const std::scoped_lock lock(mutex_);
    return !waiting_.empty();
}

void PostInlet::take(web::Post post, web::PostDone done)
{
    const auto why = [&]() -> std::string {
        if (trouble_) return "the store cannot be written to at the moment";
        if (level_ >= LoadLevel::most) return std::string(meaning_of(level_));
        const std::scoped_lock lock(mutex_);
        if (stopped_) return "the gateway stops";
        if (queued_bytes_ + post.body.size() > options_.queued_bytes) return "too much is posted at a time";
        queued_bytes_ += post.body.size();
        jobs_.push_back({std::move(post), std::move(done)});
        return {};
    }();
    if (why.empty())
        wake_.notify_one();
    else
        answer(done, refusal(Outcome::pressed, why));
}

void PostInlet::set_limits(const DecodeLimits& limits)
{
    const std::scoped_lock lock(mutex_);
    limits_ = limits;
}

void PostInlet::committed(const store::IntakePosition& position)
{
    if (position.ring != ring_.id()) return;
    std::vector<Waiting> done;
    {
        const std::scoped_lock lock(mutex_);
        committed_ = std::max(committed_, position.tail);
        while (!waiting_.empty() && waiting_.front().position <= committed_) {
            done.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
    }
    for (auto& one : done) answer(one.done, std::move(one.result));
}

std::array<std::uint64_t, post_outcome_count> PostInlet::counts() const
{
    std::array<std::uint64_t, post_outcome_count> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i];
    return counts;
}

void PostInlet::run(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        if (auto job = next(stop)) perform(std::move(*job), stop);
        give_up_overdue();
    }
}

std::optional<PostInlet::Job> PostInlet::next(const std::stop_token& stop)
{
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, look_at_overdue, [this] { return !jobs_.empty(); });
    if (jobs_.empty() || stop.stop_requested()) return std::nullopt;
    std::optional<Job> job(std::move(jobs_.front()));
    jobs_.pop_front();
    queued_bytes_ -= job->post.body.size();
    return job;
}

void PostInlet::perform(Job job, const std::stop_token& stop)
{
    DecodeLimits limits;
    {
        const std::scoped_lock lock(mutex_);
        limits = limits_;
    }
    auto unpacked = unpack(job.post, limits);
    if (unpacked.messages.empty()) return answer(job.done, std::move(unpacked.result));
    if (const auto* message = beyond(job.post.write, unpacked.messages))
        return answer(
            job.done,
            refusal(Outcome::denied,
                    fmt::format("the topic \"{}\" is beyond what you may write to; nothing was taken",
                                shown(message->topic))));
    const auto messages = messages_of(unpacked.messages);
    const auto room = room_for(messages);
    if (room > ring_.capacity_bytes())
        return answer(job.done, refusal(Outcome::too_large, "the post is larger than the intake ring"));
    if (ring_.used_bytes() + room > ring_.capacity_bytes())
        return answer(job.done, refusal(Outcome::pressed, "what was posted before is not committed yet"));
    for (const auto& message : messages) {
        // There is room, and nobody else fills it.
        if (!ring_.push(message, stop, std::chrono::milliseconds(0)))
            return answer(job.done, refusal(Outcome::overdue, "the intake ring is full"));
    }
    await_commit(std::move(unpacked.result), std::move(job.done));
}

void PostInlet::await_commit(web::PostResult result, web::PostDone done)
{
    {
        const std::scoped_lock lock(mutex_);
        const auto position = ring_.pushed();
        if (position > committed_) {
            waiting_.push_back(
                {position, Clock::now() + options_.patience, std::move(result), std::move(done)});
            return;
        }
    }
    answer(done, std::move(result));  // the store was quicker
}

void PostInlet::give_up_overdue()
{
    std::vector<Waiting> overdue;
    {
        const std::scoped_lock lock(mutex_);
        while (!waiting_.empty() && waiting_.front().until < Clock::now()) {
            overdue.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
    }
    for (auto& one : overdue)
        answer(one.done, refusal(Outcome::overdue, "the store does not commit at the moment"));
}

void PostInlet::answer(const web::PostDone& done, web::PostResult result)
{
    ++counts_.at(static_cast<std::size_t>(result.outcome));
    done(std::move(result));
}

}  // namespace tidegate::gateway
