#pragma once

#include "bridge/intake_ring.hpp"
#include "gateway/decode/decoded.hpp"
#include "gateway/ingest/unpacked_post.hpp"
#include "store/intake_position.hpp"
#include "web/server/post.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace tidegate::gateway {

inline constexpr std::size_t post_outcome_count = 7;

// The way in for what is posted: looks through each post, puts it into its ring as messages, all of a post or
// none, and says so when the store has committed them. Posts that wait share a commit. Under pressure, or
// when there is no room, it refuses at once: nothing of the client's is held back here.
//
// A thread of its own ("tg-posts"), the ring's only producer: reading a body must not hold up the web.
class PostInlet {
public:
    struct Options {
        DecodeLimits limits{};
        std::size_t queued_bytes = 8UL * 1024 * 1024;  // of bodies that were not looked at yet
        std::chrono::milliseconds patience{20'000};    // for a commit; less than the store has with its disk
    };

    // `ring` outlives it.
    PostInlet(bridge::IntakeRing& ring, Options options);
    ~PostInlet();
    PostInlet(const PostInlet&) = delete;
    PostInlet& operator=(const PostInlet&) = delete;

    void start();
    void stop();  // takes nothing any more; what waits for a commit is told of it, or by answer_rest()
    void answer_rest();
    bool waits() const;  // somebody, for a commit

    // Any thread.
    void take(web::Post post, web::PostDone done);
    void press(int level) { level_ = level; }  // gateway/load/load_level.hpp
    // The store cannot be written to, and may give up what waits for that: nothing is taken until it can.
    void hold_off(bool trouble) { trouble_ = trouble; }
    void set_limits(const DecodeLimits& limits);
    void committed(const store::IntakePosition& position);
    std::array<std::uint64_t, post_outcome_count> counts() const;  // since start, by web::PostResult::Outcome

private:
    using Clock = std::chrono::steady_clock;
    struct Job {
        web::Post post;
        web::PostDone done;
    };
    struct Waiting {
        std::uint64_t position;
        Clock::time_point until;
        web::PostResult result;
        web::PostDone done;
    };

    void run(const std::stop_token& stop);
    std::optional<Job> next(const std::stop_token& stop);
    void perform(Job job, const std::stop_token& stop);
    void await_commit(web::PostResult result, web::PostDone done);
    void give_up_overdue();
    void answer(const web::PostDone& done, web::PostResult result);

    bridge::IntakeRing& ring_;
    const Options options_;
    std::atomic<int> level_ = 0;
    std::atomic<bool> trouble_ = false;
    std::array<std::atomic<std::uint64_t>, post_outcome_count> counts_{};

    mutable std::mutex mutex_;  // everything below; no answer is given with it held
    std::condition_variable_any wake_;
    DecodeLimits limits_;
    std::deque<Job> jobs_;
    std::size_t queued_bytes_ = 0;
    std::deque<Waiting> waiting_;  // in the order of the ring
    std::uint64_t committed_ = 0;
    bool stopped_ = false;

    std::jthread thread_;  // last: ends before what it uses
};

}  // namespace tidegate::gateway
