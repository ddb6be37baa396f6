// Promise 2 with two lanes: killed again and again while a backlog is sent behind new readings, the books add
// up at each start, and a receiver that drops repeats has exactly one of each.
#include "base/clock.hpp"
#include "bridge/forwarder.hpp"
#include "bridge/https_sink.hpp"
#include "support/archive.hpp"
#include "support/http_server.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t backlog = 6000;

std::unique_ptr<store::Store> open_store(const std::filesystem::path& directory)
{
    store::StoreOptions options;
    options.directory = directory;
    options.commit_interval = options.sync_interval = 10ms;
    auto store = store::Store::open(options).value();
    if (!store->series().find("plant/a", "")) store->series().add({0, "plant/a", "", "", "", ""});
    store->open_upstream("cloud");
    return store;
}

// Each reading is the seq that it gets: there is one series, so that the order of the log is that of arrival.
std::int64_t append(store::Store& store, std::int64_t next, std::int64_t count)
{
    store::Batch batch;
    for (; count > 0; --count, ++next) batch.readings.push_back({1, wall_ms(), next, 0});
    batch.books.read = batch.books.stored_readings = batch.readings.size();
    EXPECT_TRUE(store.append(std::move(batch), {}));
    return next;
}

std::unique_ptr<bridge::Forwarder> forward(store::Store& store, const std::string& url)
{
    bridge::ForwarderOptions options{
        .name = "cloud", .gateway = "pi", .batch = 50, .first_retry = 10ms, .longest_retry = 50ms};
    options.lanes.few = 200;
    options.lanes.pace.records_per_s =
        300;  // a start lets so many go at once: some are left at the last kill
    auto sink = bridge::HttpsSink::make({.http = {.url = url}, .compression = bridge::Compression::none});
    auto forwarder = std::make_unique<bridge::Forwarder>(store, std::move(*sink), options);
    EXPECT_TRUE(forwarder->start());
    return forwarder;
}

// Empty: they add up.
std::string imbalance(const store::StoreState& state)
{
    const auto& books = state.upstreams.at(0);
    const auto told = books.delivered + store::sum(books.discarded) + books.queued(state.last_seq);
    if (told == state.last_seq - books.started) return {};
    return "delivered " + std::to_string(books.delivered) + ", queued " +
           std::to_string(books.queued(state.last_seq)) + " of " + std::to_string(state.last_seq);
}

// Run by the test below, until it is killed; by itself it does nothing.
TEST(LanesKillChild, TakesInAndSends)
{
    const char* directory = std::getenv("TIDEGATE_KILL_DIRECTORY");  // NOLINT(concurrency-mt-unsafe)
    const char* url = std::getenv("TIDEGATE_KILL_URL");              // NOLINT(concurrency-mt-unsafe)
    if (directory == nullptr || url == nullptr) GTEST_SKIP();
    const auto store = open_store(directory);
    const auto state = store->state();
    ASSERT_EQ(imbalance(state), "");
    auto next = static_cast<std::int64_t>(state.last_seq) + 1;
    const auto forwarder = forward(*store, url);
    for (;;) {
        next = append(*store, next, 5);
        std::this_thread::sleep_for(5ms);
    }
}

TEST(LanesKill, KeepsTheBooksOfBothLanesAndLosesNothing)
{
    constexpr int kills = 12;
    TempDir dir;
    append(*open_store(dir / "data"), 1, backlog);
    Archive archive;
    HttpServer cloud([&](const HttpRequest& request) {
        archive.take(request.body);
        return HttpReply::of("204 No Content");
    });
    ::setenv("TIDEGATE_KILL_DIRECTORY", (dir / "data").c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    ::setenv("TIDEGATE_KILL_URL", cloud.url().c_str(), 1);           // NOLINT(concurrency-mt-unsafe)
    std::mt19937 random(7);
    int with_two_lanes = 0;
    for (int i = 0; i < kills; ++i) {
        const auto had = archive.times().size();
        Process child({"/proc/self/exe", "--gtest_filter=LanesKillChild.*"}, {.output = dir / "child.log"});
        ASSERT_TRUE(wait_until([&] { return archive.times().size() > had + 100 || !child.running(); }, 30s));
        // Not before what parts the lanes can be committed.
        std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 200));
        child.kill(SIGKILL);
        ASSERT_EQ(child.wait(), 128 + SIGKILL) << child.output();
        if (i % 3 != 2) continue;
        const auto store = open_store(dir / "data");
        EXPECT_EQ(imbalance(store->state()), "");
        with_two_lanes += store->state().upstreams.at(0).ahead.empty() ? 0 : 1;
    }
    EXPECT_GE(with_two_lanes, 2) << "it was killed in between";

    const auto store = open_store(dir / "data");
    ASSERT_TRUE(store->flush());
    const auto last = store->state().last_seq;
    const auto forwarder = forward(*store, cloud.url());
    ASSERT_TRUE(wait_until([&] { return store->open_upstream("cloud").queued(last) == 0; }, 60s));
    EXPECT_EQ(imbalance(store->state()), "");
    EXPECT_EQ(store->open_upstream("cloud").delivered, last);
    const auto times = archive.times();
    EXPECT_EQ(times.size(), last);
    for (const auto& [number, count] : times) ASSERT_EQ(count, 1) << number;
    EXPECT_EQ(archive.wrong(), 0U);
    std::printf(
        "%d kills while a backlog was sent behind new readings: %lu readings, 0 lost, %zu sent again; the "
        "books added up each time\n",
        kills, last, archive.repeats());
}

}  // namespace
}  // namespace tidegate::tests
