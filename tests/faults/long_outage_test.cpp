// Promise 1 towards the cloud, after days: an upstream that was away for three days at 200 readings a second
// gets each reading once, what is new at once, and memory does not grow. Time is compressed: the readings of
// the outage are appended as fast as they can be stored. TIDEGATE_OUTAGE_READINGS says how many there are;
// three days are 51,840,000.
#include "base/clock.hpp"
#include "bridge/forwarder.hpp"
#include "bridge/https_sink.hpp"
#include "support/http_server.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t rate = 200;     // readings a second, of the outage and of what is new
constexpr std::int64_t devices = 200;  // each says something once a second

std::int64_t count_of_readings()
{
    const char* text = std::getenv("TIDEGATE_OUTAGE_READINGS");  // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? 400'000 : std::atoll(text);
}

double resident_mib()
{
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0, resident = 0;
    statm >> total >> resident;
    return static_cast<double>(resident) * 4096 / 1048576;
}

// Who gets the readings: knows how often each came, whether each series came in order in each lane, and how
// old the new ones were. It reads no more of the JSON than it needs, to be faster than the sender.
class Receiver {
public:
    explicit Receiver(std::int64_t most) : times_(static_cast<std::size_t>(most)), last_(2 * devices, -1) {}

    void take(std::string_view body, std::int64_t now_ms)
    {
        const std::lock_guard lock(mutex_);
        for (auto at = body.find(R"({"seq":)"); at != body.npos; at = body.find(R"({"seq":)", at + 1)) {
            const auto end = body.find('}', at);
            take_one(body.substr(at, end - at), now_ms);
        }
    }

    std::size_t distinct() const { return locked(&Receiver::distinct_); }
    std::size_t repeats() const { return locked(&Receiver::repeats_); }
    std::size_t disorder() const { return locked(&Receiver::disorder_); }
    std::vector<std::int64_t> live_ms() const
    {
        const std::lock_guard lock(mutex_);
        return live_ms_;
    }

private:
    static std::int64_t number_after(std::string_view record, std::string_view name)
    {
        const auto at = record.find(name) + name.size();
        std::int64_t value = -1;
        std::from_chars(record.data() + at, record.data() + record.size(), value);
        return value;
    }
    void take_one(std::string_view record, std::int64_t now_ms)
    {
        const auto number = number_after(record, R"("v":)");
        ASSERT_GE(number, 0) << record;
        ASSERT_LT(number, static_cast<std::int64_t>(times_.size()));
        auto& seen = times_[static_cast<std::size_t>(number)];
        ++(seen == 0 ? distinct_ : repeats_);
        seen = 1;
        const bool late = record.find(R"("late")") != record.npos;
        auto& last = last_[static_cast<std::size_t>(number % devices + (late ? devices : 0))];
        if (number < last) ++disorder_;
        last = number;
        if (!late) live_ms_.push_back(now_ms - number_after(record, R"("t":)"));
    }
    template <class Member>
    Member locked(Member Receiver::*member) const
    {
        const std::lock_guard lock(mutex_);
        return this->*member;
    }

    mutable std::mutex mutex_;
    std::vector<std::uint8_t> times_;
    std::vector<std::int64_t> last_;  // number by series and lane
    std::size_t distinct_ = 0, repeats_ = 0, disorder_ = 0;
    std::vector<std::int64_t> live_ms_;
};

struct LongOutage : testing::Test {
    LongOutage()
    {
        store::StoreOptions options;
        options.directory = dir / "data";
        options.free_bytes = 0;
        if (outage < 5'000'000) {  // so that most of it is in sealed files, as it would be
            options.log_bytes = 512UL * 1024;
            options.hot_readings = 100'000;
        }
        store = store::Store::open(options).value();
        for (std::int64_t i = 0; i < devices; ++i)
            store->series().add({0, "plant/device" + std::to_string(i), "", "", "", ""});
    }

    // `count` readings more, each the number that it has.
    void append(std::int64_t count, std::int64_t first_ms, std::int64_t step_us)
    {
        store::Batch batch;
        for (std::int64_t i = 0; i < count; ++i, ++next)
            batch.readings.push_back(
                {static_cast<store::SeriesId>(next % devices + 1), first_ms + i * step_us / 1000, next, 0});
        batch.books.read = batch.books.stored_readings = batch.readings.size();
        ASSERT_TRUE(store->append(std::move(batch), {}));
    }
    void fill()
    {
        constexpr std::int64_t at_once = 5000, step_us = 1'000'000 / rate;
        auto time = wall_ms() - outage * step_us / 1000;
        while (next < outage) {
            const auto count = std::min(at_once, outage - next);
            append(count, time, step_us);
            time += count * step_us / 1000;
        }
        ASSERT_TRUE(store->flush());
    }

    std::int64_t outage = count_of_readings();
    std::int64_t next = 0;  // number of the next reading
    TempDir dir;
    std::unique_ptr<store::Store> store;
};

TEST_F(LongOutage, EndsWithEachReadingDeliveredOnceAndWhatIsNewWithinTwoSeconds)
{
    constexpr std::int64_t new_ones = 3'600 * rate;  // room for an hour of them
    Receiver receiver(outage + new_ones);
    std::atomic<bool> open = false;
    HttpServer cloud([&](const HttpRequest& request) {
        if (!open) return HttpReply::of("503 Service Unavailable");
        receiver.take(request.body, wall_ms());
        return HttpReply::of("204 No Content");
    });
    cloud.keep_requests(false);
    bridge::ForwarderOptions options{.name = "cloud", .gateway = "pi"};
    options.longest_retry = 1000ms;
    options.lanes.outage = 1000ms;
    if (outage < 5'000'000) options.lanes.pace.records_per_s = static_cast<std::uint64_t>(outage) / 8;
    auto sink =
        bridge::HttpsSink::make({.http = {.url = cloud.url()}, .compression = bridge::Compression::none});
    bridge::Forwarder forwarder(*store, std::move(*sink), options);
    ASSERT_TRUE(forwarder.start());
    fill();
    const auto log_bytes = store->state().log_bytes;
    std::this_thread::sleep_for(1200ms);  // an outage as long as one must be

    const auto before = resident_mib();
    auto most = before;
    const auto begun = boot_ms();
    open = true;
    forwarder.retry_now();
    std::int64_t due = begun;
    const auto drained = [&] {
        return store->open_upstream("cloud").backlog() == 0 && forwarder.status().up;
    };
    do {
        append(rate / 20, wall_ms(), 0);
        most = std::max(most, resident_mib());
        due += 50;
        std::this_thread::sleep_for(std::chrono::milliseconds(std::max<std::int64_t>(0, due - boot_ms())));
    } while ((!drained() || boot_ms() - begun < 3000) && boot_ms() - begun < 3'000'000);
    const auto took = static_cast<double>(boot_ms() - begun) / 1000;
    ASSERT_TRUE(wait_until([&] { return receiver.distinct() == static_cast<std::size_t>(next); }, 30s))
        << receiver.distinct() << " of " << next;

    auto ages = receiver.live_ms();
    ASSERT_GE(ages.size(), 100U);
    std::ranges::sort(ages);
    const auto p99 = ages[ages.size() * 99 / 100];
    std::printf(
        "%ld readings of an outage (log %.1f MB, the rest sealed), %.1f s to drain (%.0f/s): repeats %zu; "
        "new readings %zu, "
        "latency median %ld ms, 99%% %ld ms, most %ld ms; resident %.1f MiB before, %.1f at most\n",
        outage, static_cast<double>(log_bytes) / 1e6, took, static_cast<double>(outage) / took,
        receiver.repeats(), ages.size(), ages[ages.size() / 2], p99, ages.back(), before, most);
    EXPECT_EQ(receiver.repeats(), 0U);
    EXPECT_EQ(receiver.disorder(), 0U) << "a series keeps its order within a lane";
    EXPECT_LT(p99, 2000);
    EXPECT_LT(most, before + 32) << "MiB";
    ASSERT_TRUE(
        wait_until([&] { return store->open_upstream("cloud").queued(store->state().last_seq) == 0; }));
    const auto books = store->open_upstream("cloud");
    EXPECT_EQ(books.delivered, static_cast<std::uint64_t>(next));
    EXPECT_EQ(store::sum(books.discarded), 0U);
}

}  // namespace
}  // namespace tidegate::tests
