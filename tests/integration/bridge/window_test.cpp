// What a long way there and back costs, and that several batches under way at a time cost no order.
#include "base/clock.hpp"
#include "bridge/forwarder.hpp"
#include "bridge/https_sink.hpp"
#include "bridge/mqtt_sink.hpp"
#include "support/broker.hpp"
#include "support/chaos_proxy.hpp"
#include "support/http_server.hpp"
#include "support/listener.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using tests::wait_until;

constexpr int readings = 20'000, topics = 40, a_batch = 500;
constexpr std::size_t long_topic = 4000;  // 500 readings are then two megabytes

// Each series' values in the order in which they came first. Any thread.
class Order {
public:
    void take(const std::string& body)
    {
        const auto delivery = nlohmann::json::parse(body, nullptr, false);
        if (delivery.is_discarded()) return;  // a line that is not there whole yet
        const std::lock_guard lock(mutex_);
        for (const auto& record : delivery["records"]) {
            if (!seen_.insert(record["seq"].get<std::uint64_t>()).second) continue;
            auto& last = last_[record["topic"].get<std::string>()];
            const auto value = record["v"].get<std::int64_t>();
            if (value <= last) ++out_of_order_;
            last = std::max(last, value);
        }
    }
    std::size_t count() const
    {
        const std::lock_guard lock(mutex_);
        return seen_.size();
    }
    int out_of_order() const { return out_of_order_; }

private:
    mutable std::mutex mutex_;
    std::set<std::uint64_t> seen_;
    std::map<std::string, std::int64_t> last_;
    int out_of_order_ = 0;
};

struct WindowTest : testing::TestWithParam<bool> {
    WindowTest()
    {
        store::StoreOptions options;
        options.directory = dir / "data";
        options.commit_interval = 20ms;
        options.sync_interval = 20ms;
        store = store::Store::open(options).value();
        store->open_upstream("cloud");
    }
    void fill(int count = readings, const std::string& prefix = "plant/")
    {
        owed = static_cast<std::uint64_t>(count);
        std::vector<store::SeriesId> ids;
        for (int i = 0; i < topics; ++i)
            ids.push_back(store->series().add({0, prefix + std::to_string(i), "", "", "", ""}));
        store::Batch batch;
        for (int i = 1; i <= count; ++i) {
            batch.readings.push_back(
                {ids[static_cast<std::size_t>(i % topics)], wall_ms() - count + i, std::int64_t{i}, 0});
            if (i % a_batch != 0) continue;
            batch.books.read = batch.books.stored_readings = batch.readings.size();
            store->append(std::exchange(batch, {}), {});
            if (!store->flush()) std::abort();  // a commit goes by series: so each is in every batch
        }
    }
    static bool is_mqtt() { return GetParam(); }
    std::uint16_t server_port() const
    {
        if (is_mqtt()) return broker.port();
        const auto url = server.url();
        return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    }
    std::unique_ptr<Sink> sink(std::uint16_t port, std::size_t in_flight) const
    {
        if (is_mqtt()) {
            MqttSinkOptions options{.broker = {.url = "mqtt://127.0.0.1:" + std::to_string(port)}};
            options.in_flight = in_flight;
            options.acknowledged_within = 2s;
            return MqttSink::make(options).value();
        }
        HttpsSinkOptions options{.http = {.url = "http://127.0.0.1:" + std::to_string(port) + "/up"}};
        options.compression = Compression::none;
        options.in_flight = in_flight;
        return HttpsSink::make(options).value();
    }
    std::unique_ptr<Forwarder> start(std::uint16_t port, std::size_t in_flight)
    {
        ForwarderOptions options{.name = "cloud", .gateway = "pi", .batch = a_batch, .first_retry = 20ms};
        options.longest_retry = 100ms;
        options.lanes.few = 1'000'000;
        auto made = std::make_unique<Forwarder>(*store, sink(port, in_flight), options);
        if (!made->start()) std::abort();
        return made;
    }
    bool drained()
    {
        return wait_until([&] { return store->open_upstream("cloud").delivered == owed; }, 30s);
    }
    void collect()
    {
        if (!is_mqtt()) return;
        for (const auto& line : listener.lines()) order.take(line);
    }

    bool came()
    {
        return wait_until(
            [&] {
                collect();
                return order.count() == owed;
            },
            30s);
    }

    tests::TempDir dir;
    std::unique_ptr<store::Store> store;
    std::uint64_t owed = 0;
    Order order;
    tests::Broker broker;
    tests::Listener listener{broker.port(), "tidegate/#", {}, "%p"};
    tests::HttpServer server{[this](const tests::HttpRequest& request) {
        order.take(request.body);
        return tests::HttpReply::of("204 No Content");
    }};
};

TEST_P(WindowTest, MovesManyBatchesInTheTimeOfOneOverALongWay)
{
    fill();
    std::map<std::size_t, double> seconds;
    for (const std::size_t in_flight : {1, 8}) {
        tests::ChaosProxy proxy(server_port(), {.delay = 50ms});  // 100 ms there and back
        const auto before = store->open_upstream("cloud").delivered;
        ASSERT_EQ(before, 0U);
        const auto forwarder = start(proxy.port(), in_flight);
        const auto begin = std::chrono::steady_clock::now();
        ASSERT_TRUE(drained()) << forwarder->status().why;
        seconds[in_flight] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        std::printf("%s, 100 ms there and back, %zu under way: %d readings in %.2f s, %.0f a second\n",
                    is_mqtt() ? "MQTT" : "HTTP", in_flight, readings, seconds[in_flight],
                    readings / seconds[in_flight]);
        if (in_flight == 1) {
            forwarder->stop();
            store->retire_upstreams_but({});
            store->open_upstream("cloud");
        }
    }
    EXPECT_GT(seconds[1], readings / a_batch * 0.1) << "one at a time: the test's own measure";
    EXPECT_LT(seconds[8], seconds[1] / 3);
}

TEST_P(WindowTest, KeepsTheOrderWithinASeriesThroughCutsAndLosesNothing)
{
    fill();
    tests::ChaosProxy proxy(server_port(), {.delay = 10ms, .bytes_per_s = 1'000'000});
    const auto forwarder = start(proxy.port(), 8);
    int cuts = 0;
    while (store->open_upstream("cloud").delivered < readings && cuts < 100) {
        std::this_thread::sleep_for(150ms);  // some of it goes meanwhile
        proxy.cut();
        ++cuts;
    }
    ASSERT_TRUE(drained()) << forwarder->status().why;
    EXPECT_GE(cuts, 3);

    ASSERT_TRUE(came()) << order.count();
    EXPECT_EQ(order.out_of_order(), 0);
}

TEST_P(WindowTest, KeepsTheOrderWhereACutFindsMessagesThatWereNotWrittenYet)
{
    fill(5'000, std::string(long_topic, 'p') + "/");
    tests::ChaosProxy proxy(server_port(), {.room = 65536});
    const auto forwarder = start(proxy.port(), 8);
    // Until the window is wide; then the link is as good as shut, and most of a delivery waits to be written.
    ASSERT_TRUE(wait_until([&] { return store->open_upstream("cloud").delivered >= 1500; }));
    proxy.set({.bytes_per_s = 100'000, .room = 65536});
    const auto before = proxy.up();
    ASSERT_TRUE(wait_until([&] { return proxy.up() > before + 50'000; }));
    proxy.cut();
    proxy.set({.room = 65536});

    ASSERT_TRUE(drained()) << forwarder->status().why;
    ASSERT_TRUE(came()) << order.count();
    EXPECT_EQ(order.out_of_order(), 0);
}

INSTANTIATE_TEST_SUITE_P(Over, WindowTest, testing::Bool(), [](const auto& one) {
    return one.param ? "Mqtt" : "Http";
});

}  // namespace
}  // namespace tidegate::bridge
