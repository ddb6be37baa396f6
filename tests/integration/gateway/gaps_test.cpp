// Promise 2, to its end: what is thinned before it could be sent is said to people and to the upstream, each
// reading once, and the books add up with it.
#include "store/sealed_path.hpp"
#include "store/store.hpp"
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/gunzip.hpp"
#include "support/http_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t noon = 1'764'000'000'000 / day_ms * day_ms + day_ms / 2;

// Three days of readings that were sealed while the upstream was away; the log has kept the first alone.
void live_three_days(const std::filesystem::path& directory)
{
    store::StoreOptions options;
    options.directory = directory;
    options.log_bytes = 2000;
    options.free_bytes = 0;
    auto store = store::Store::open(options).value();
    const auto append = [&](store::SeriesId id, std::int64_t from_ms, int count) {
        store::Batch batch;
        for (int i = 0; i < count; ++i) batch.readings.push_back({id, from_ms + 1000 * i, 0.1 * i, 0});
        const auto number = static_cast<std::uint64_t>(count);
        batch.books.received = batch.books.stored_messages = number;
        batch.books.read = batch.books.stored_readings = number;
        ASSERT_TRUE(store->append(std::move(batch), {}));
        ASSERT_TRUE(store->flush());
    };
    const auto a = store->series().add({0, "plant/a", "", "a", "", "°C"});
    const auto b = store->series().add({0, "plant/b", "/t", "b", "", ""});
    for (int day = 0; day < 3; ++day) {
        for (const auto id : {a, b}) append(id, noon + day * day_ms, 1000);
        ASSERT_TRUE(store->seal_all());
    }
    for (int i = 0; i < 6; ++i) append(a, noon + 3 * day_ms + i * 1000, 1);
}

struct Cloud {
    std::atomic<bool> open = false;
    std::mutex mutex;
    std::vector<json> deliveries;
    HttpServer server{[this](const HttpRequest& request) {
        if (!open) return HttpReply::of("503 Service Unavailable");
        const std::lock_guard lock(mutex);
        deliveries.push_back(json::parse(gunzip(request.body)));
        return HttpReply::of("204 No Content");
    }};

    std::vector<json> all(const char* what)
    {
        const std::lock_guard lock(mutex);
        std::vector<json> found;
        for (const auto& delivery : deliveries)
            found.insert(found.end(), delivery[what].begin(), delivery[what].end());
        return found;
    }
};

json upstream_books(const Gateway& gateway)
{
    const auto books = gateway.json("/api/v1/books");
    EXPECT_EQ(imbalance(books), "");
    return books["upstreams"].at(0);
}

TEST(Gaps, OfWhatWasThinnedUnsentReachPeopleAndTheUpstreamEachReadingOnce)
{
    const Broker broker;
    Cloud cloud;
    Gateway gateway(
        broker.url(), "",
        "[store]\nfree = \"1024GiB\"\n[[upstream]]\nname = \"cloud\"\nkind = \"https\"\nurl = \"" +
            cloud.server.url() + "/in\"\n");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }));
    ASSERT_EQ(gateway.stop(), 0);
    live_three_days(gateway.dir() / "state");
    gateway.start();

    const auto thinned = [&] {
        std::uint64_t count = 0;
        const auto page = gateway.json("/api/v1/gaps?limit=1000");
        for (const auto& gap : page["gaps"])
            if (gap["of"] == "readings" && gap["upstream"] == "") count += gap["count"].get<std::uint64_t>();
        return count;
    };
    ASSERT_TRUE(wait_until([&] { return thinned() == 6000; }, 30s)) << gateway.log();
    const auto newest = gateway.json("/api/v1/gaps?series=1&limit=1000")["gaps"];
    ASSERT_FALSE(newest.empty());
    EXPECT_EQ(newest[0]["reason"], "disk");
    EXPECT_EQ(gateway.json("/api/v1/books")["history"]["thinned"]["readings"]["disk"], 6000);
    EXPECT_NE(
        gateway.get("/metrics").find("tidegate_history_thinned_total{of=\"readings\",reason=\"disk\"} 6000"),
        std::string::npos);

    EXPECT_EQ(gateway.log().find("sealing failed"), std::string::npos)
        << "a day that is gone needs no minutes";

    cloud.open = true;
    const auto drained = [&] {
        gateway.post("/api/v1/upstreams/retry?id=cloud");
        std::this_thread::sleep_for(50ms);
        return upstream_books(gateway)["queued"] == 0;
    };
    ASSERT_TRUE(wait_until(drained, 30s)) << gateway.log();

    const auto books = upstream_books(gateway);
    EXPECT_EQ(books["delivered"], 2006);
    EXPECT_EQ(books["discarded"],
              json({{"buffer_full", 4000}, {"damaged", 0}, {"refused", 0}, {"left_out", 0}}));
    const auto records = cloud.all("records");
    const auto gaps = cloud.all("gaps");
    EXPECT_EQ(records.size(), 2006U);
    std::vector<int> told(6007);
    for (const auto& record : records) ++told.at(record["seq"]);
    std::map<std::string, std::uint64_t> lost;
    for (const auto& gap : gaps) {
        EXPECT_EQ(gap["reason"], "disk");
        EXPECT_EQ(gap["resolution_ms"], 60'000) << gap;
        EXPECT_GE(gap["from"], noon + day_ms) << "the first day was in the log";
        for (std::uint64_t seq = gap["first"]; seq <= gap["last"]; ++seq) ++told.at(seq);
        lost[gap["topic"].get<std::string>() + "#" + gap["field"].get<std::string>()] +=
            gap["count"].get<std::uint64_t>();
    }
    EXPECT_EQ(std::count(told.begin() + 1, told.end(), 1), 6006) << "each seq is a record or in a gap";
    EXPECT_EQ(lost, (std::map<std::string, std::uint64_t>{{"plant/a#", 2000}, {"plant/b#/t", 2000}}));

    std::this_thread::sleep_for(1500ms);  // so long a moved cursor takes to be saved
    gateway.kill();
    gateway.start();
    broker.publish_lines("plant/c", "1\n");
    ASSERT_TRUE(wait_until([&] { return cloud.all("records").size() == 2007; }, 20s)) << gateway.log();
    EXPECT_EQ(cloud.all("gaps").size(), gaps.size()) << "each gap once";
    EXPECT_EQ(gateway.stop(), 0);
}

}  // namespace
}  // namespace tidegate::tests
