// Rules, seen from outside the daemon: a flood beside quiet devices, and a kill with an open summary.
#include "base/clock.hpp"
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/raw_publisher.hpp"
#include "unit/web/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace tidegate::tests {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using testing::Contains;

json books(const Gateway& gateway)
{
    return gateway.json("/api/v1/books");
}

std::uint64_t received(const Gateway& gateway)
{
    return books(gateway)["messages"]["received"];
}

json series_of(const Gateway& gateway, const std::string& topic, const std::string& field = "")
{
    auto answer = gateway.json("/api/v1/series?topic=" + topic);
    for (auto& series : answer.at("series"))
        if (series["field"] == field) return series;
    return nullptr;
}

std::vector<double> values_of(const Gateway& gateway, const json& series)
{
    const auto id = std::to_string(series["id"].get<int>());
    return gateway.json("/api/v1/history?points=100000&series=" + id)["series"][0]["v"];
}

bool connected(const Gateway& gateway, int times)
{
    return wait_until([&] {
        const auto broker = gateway.json("/api/v1/gateway")["brokers"][0];
        return broker["up"].get<bool>() && broker["connects"].get<int>() >= times;
    });
}

// 500 devices that each say once a second what time it is.
class QuietDevices {
public:
    static constexpr int count = 500;

    explicit QuietDevices(std::uint16_t port) : publisher_(port, "quiet")
    {
        thread_ = std::jthread([this](const std::stop_token& stop) {
            auto next = std::chrono::steady_clock::now();
            for (int i = 0; !stop.stop_requested(); i = (i + 1) % count) {
                publisher_.publish("quiet/" + std::to_string(i), std::to_string(wall_ms()));
                publisher_.flush();
                next += 1s / count;
                std::this_thread::sleep_until(next);
            }
        });
    }

private:
    RawPublisher publisher_;
    std::jthread thread_;
};

// One device that says so much a second. What it says lies between -1000 and 1000, but for a peak now and
// then, either way, which is published with QoS 1 so that the broker does not drop it.
class Flood {
public:
    static constexpr int peak = 1'000'000;

    Flood(std::uint16_t port, std::string topic, int per_second)
        : publisher_(port, "flood"),
          topic_(std::move(topic)),
          per_second_(per_second),
          thread_([this](const std::stop_token& stop) { run(stop); })
    {
    }

    std::uint64_t published() const { return published_; }

private:
    void run(const std::stop_token& stop)
    {
        auto next = std::chrono::steady_clock::now();
        for (int round = 0; !stop.stop_requested(); ++round) {
            for (int i = 0; i < per_second_ / 200; ++i)
                publisher_.publish(topic_, std::to_string((i * 7919) % 2001 - 1000));
            if (round % 100 == 50) publisher_.publish(topic_, std::to_string(peak), 1);
            if (round % 100 == 51) publisher_.publish(topic_, std::to_string(-peak), 1);
            publisher_.flush();
            published_ += static_cast<std::uint64_t>(per_second_ / 200);
            next += 5ms;
            std::this_thread::sleep_until(next);
        }
    }

    RawPublisher publisher_;
    std::string topic_;
    int per_second_;
    std::atomic<std::uint64_t> published_ = 0;
    std::jthread thread_;
};

// From publishing to the frame of a live client, in milliseconds.
class Latencies {
public:
    explicit Latencies(std::uint16_t port) : live_(port)
    {
        live_.upgrade("Sec-WebSocket-Protocol: tidegate.v1.json\r\n");
        live_.send_text(R"({"k":"hello","v":1,"rate":100,"sub":{"match":["quiet/#"]}})");
    }

    std::int64_t p99(std::chrono::milliseconds during)
    {
        std::vector<std::int64_t> latencies;
        const auto end = std::chrono::steady_clock::now() + during;
        while (std::chrono::steady_clock::now() < end) {
            const auto message = live_.message();
            const auto now = wall_ms();
            const auto update = json::parse(message.payload, nullptr, false);
            if (update.is_discarded()) throw std::runtime_error("the live client was let go of");
            if (update["k"] != "d" || update["from"] == 0) continue;
            for (const auto& value : update["v"]) latencies.push_back(now - value.get<std::int64_t>());
        }
        if (latencies.size() < 500) throw std::runtime_error("too few readings were shown");
        std::ranges::sort(latencies);
        return latencies[latencies.size() * 99 / 100];
    }

private:
    RawClient live_;
};

// What the gateway takes in a second, at most, of one topic: what it can be flooded with and not fall behind.
int capacity(const Broker& broker, const Gateway& gateway)
{
    constexpr int messages = 60'000;
    RawPublisher publisher(broker.port(), "measure");
    const auto before = received(gateway);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < messages; ++i) publisher.publish("flood/measured", "1");
    publisher.publish("flood/measured", "2", 1);
    publisher.flush();
    std::uint64_t seen = before;
    auto last_moved = start;
    wait_until([&] {
        const auto now = received(gateway);
        if (now != seen) last_moved = std::chrono::steady_clock::now();
        seen = now;
        return std::chrono::steady_clock::now() - last_moved > 500ms || seen - before > messages;
    });
    return static_cast<int>(static_cast<double>(seen - before) /
                            std::chrono::duration<double>(last_moved - start).count());
}

int wished_flood()
{
    const char* wished = std::getenv("TIDEGATE_FLOOD");  // messages a second
    return wished == nullptr ? 50'000 : std::atoi(wished);
}

struct FloodTest : testing::TestWithParam<const char*> {};

TEST_P(FloodTest, LeavesQuietDevicesAsQuickAsTheyWereAndLosesNoExtreme)
{
    const std::string aspect = GetParam();
    const Broker broker;
    Gateway gateway(broker.url(), "", "[[rule]]\ntopic = \"flood/#\"\n" + aspect);
    ASSERT_TRUE(connected(gateway, 1));
    // What it takes, less what it needs for everything else.
    const int rate = std::min(wished_flood(), capacity(broker, gateway) * 6 / 10);
    const QuietDevices quiet(broker.port());
    ASSERT_TRUE(wait_until([&] {
        return gateway.json("/api/v1/series?topic=quiet/%23&limit=1000")["series"].size() ==
               static_cast<std::size_t>(QuietDevices::count);
    }));
    Latencies latencies(gateway.port());

    const auto normal = latencies.p99(3s);
    const auto before = received(gateway);
    std::int64_t flooded = 0;
    std::uint64_t published = 0;
    {
        const Flood flood(broker.port(), "flood/a", rate);
        flooded = latencies.p99(4s);
        published = flood.published();
    }
    const auto taken = received(gateway) - before;
    std::printf("%s: flood of %d a second (%lu published, %lu taken in), quiet p99 %ld ms, was %ld ms\n",
                aspect.c_str(), rate, published, taken, flooded, normal);
    EXPECT_LE(flooded, 2 * normal);
    EXPECT_GT(rate, 1000) << "nothing that could be called a flood";
    EXPECT_GT(taken, published * 8 / 10) << "the broker dropped the flood: nothing was shown";

    if (aspect.starts_with("rate")) {
        ASSERT_TRUE(wait_until([&] {
            const auto values = values_of(gateway, series_of(gateway, "flood/a"));
            return std::ranges::count(values, Flood::peak) > 0 &&
                   std::ranges::count(values, -Flood::peak) > 0;
        })) << "the extremes are in the summaries";
        const auto values = values_of(gateway, series_of(gateway, "flood/a"));
        EXPECT_LE(values.size(), 4U * 12) << "four of each interval at most";
        EXPECT_GT(series_of(gateway, "flood/a", "@summary/count")["latest"]["v"], 100);
    } else {
        EXPECT_GT(books(gateway)["messages"]["rejected"]["sampled"], published / 2);
    }
    EXPECT_EQ(imbalance(books(gateway)), "");
}

INSTANTIATE_TEST_SUITE_P(Rules,
                         FloodTest,
                         testing::Values("rate = \"1s\"", "sample = \"100ms\""),
                         [](const auto& one) { return one.index == 0 ? "Rate" : "Sample"; });

TEST(Rules, GoOnWithAnOpenSummaryAfterAKill)
{
    const Broker broker;
    Gateway gateway(broker.url(), "", "[[rule]]\ntopic = \"lp\"\nrate = \"1d\"");
    ASSERT_TRUE(connected(gateway, 1));
    const auto now = wall_ms();
    const auto line = [&](int value, std::int64_t age_ms) {
        return "m v=" + std::to_string(value) + " " + std::to_string((now - age_ms) * 1'000'000) + "\n";
    };
    broker.publish_lines("lp", line(5, 0) + line(9, -1) + line(1, -2) + line(6, -3) + line(4, -4));
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 5; }));
    gateway.kill();
    gateway.start();
    ASSERT_TRUE(connected(gateway, 1));
    broker.publish_lines("lp", line(7, -5) + line(3, -6));
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 7; }));
    gateway.kill();
    gateway.start();
    ASSERT_TRUE(connected(gateway, 1));
    constexpr std::int64_t day_ms = 86'400'000;
    broker.publish_lines("lp", line(2, day_ms));  // of another interval: it ends this one
    ASSERT_TRUE(wait_until([&] { return received(gateway) == 8; }));

    const auto values = values_of(gateway, series_of(gateway, "lp", "/m/v"));
    EXPECT_EQ(values, (std::vector<double>{2, 5, 9, 1, 3})) << "the first, the extremes, the last";
    EXPECT_EQ(series_of(gateway, "lp", "/m/v@summary/count")["latest"]["v"], 7);
    EXPECT_EQ(series_of(gateway, "lp", "/m/v@summary/mean")["latest"]["v"], 5);
    const auto account = books(gateway);
    EXPECT_EQ(account["readings"]["summarised"], 3) << "6, 4 and 7";
    EXPECT_EQ(imbalance(account), "");
}

}  // namespace
}  // namespace tidegate::tests
