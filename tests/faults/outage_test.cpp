// Promise 1 and 2 towards the cloud: what cannot be sent is held, and sent once and in order when the way is
// open again.
#include "support/broker.hpp"
#include "support/certificate.hpp"
#include "support/gateway.hpp"
#include "support/gunzip.hpp"
#include "support/http_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t readings = 10'000;

// The records of all deliveries, as they came.
class Received {
public:
    void add(const std::string& body)
    {
        const auto delivery = nlohmann::json::parse(body);
        const std::lock_guard lock(mutex_);
        for (const auto& record : delivery["records"]) records_.push_back(record);
    }
    std::vector<nlohmann::json> records() const
    {
        const std::lock_guard lock(mutex_);
        return records_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<nlohmann::json> records_;
};

void expect_once_and_in_order(const std::vector<nlohmann::json>& records)
{
    ASSERT_EQ(records.size(), readings);
    for (std::uint64_t i = 0; i < readings; ++i) {
        ASSERT_EQ(records[i]["seq"], i + 1);
        ASSERT_EQ(records[i]["v"], i + 1) << "the values are the numbers in which they were published";
        ASSERT_EQ(records[i]["topic"], "plant/counter");
    }
}

std::string numbers(std::uint64_t from, std::uint64_t to)
{
    std::string lines;
    for (auto i = from; i <= to; ++i) lines += std::to_string(i) + "\n";
    return lines;
}

nlohmann::json upstream_books(const Gateway& gateway, const std::string& id)
{
    const auto books = gateway.json("/api/v1/books");
    EXPECT_EQ(imbalance(books), "");
    for (const auto& upstream : books["upstreams"])
        if (upstream["id"] == id) return upstream;
    return {};
}

bool all_stored(const Gateway& gateway, std::uint64_t count)
{
    return wait_until([&] { return gateway.json("/api/v1/books")["last_seq"] == count; }, 30s);
}

bool drained(const Gateway& gateway, const std::string& id)
{
    const auto done = [&] {
        gateway.post("/api/v1/upstreams/retry?id=" + id);
        std::this_thread::sleep_for(50ms);
        return upstream_books(gateway, id)["queued"] == 0;
    };
    return wait_until(done, 60s);
}

// Publishes all readings while the upstream is away, with a kill -9 half-way, and looks that everything is
// held.
void fill_during_outage(const Broker& broker, Gateway& gateway)
{
    broker.publish_lines("plant/counter", numbers(1, readings / 2));
    ASSERT_TRUE(all_stored(gateway, readings / 2));
    gateway.kill();
    gateway.start();
    broker.publish_lines("plant/counter", numbers(readings / 2 + 1, readings));
    ASSERT_TRUE(all_stored(gateway, readings));
    const auto held = upstream_books(gateway, "cloud");
    EXPECT_EQ(held["queued"], readings);
    EXPECT_EQ(held["delivered"], 0);
}

TEST(Outage, HoldsTenThousandReadingsForAnMqttUpstreamAndDeliversEachOnceInOrder)
{
    const Broker broker;
    Broker cloud;
    const auto subscriber = [&](std::vector<std::string> more) {
        std::vector<std::string> command{"mosquitto_sub",
                                         "-h",
                                         "127.0.0.1",
                                         "-p",
                                         std::to_string(cloud.port()),
                                         "-q",
                                         "1",
                                         "-c",
                                         "-i",
                                         "archive",
                                         "-t",
                                         "tidegate/test/up"};
        command.insert(command.end(), more.begin(), more.end());
        return command;
    };
    // The receiver's session is at the broker before the outage begins, so that nothing can slip by it.
    const TempDir dir;
    Process early(subscriber({"-E"}), {.output = dir / "early"});
    ASSERT_EQ(early.wait(), 0) << early.output();
    cloud.stop();

    Gateway gateway(broker.url(), "",
                    "[[upstream]]\nname = \"cloud\"\nkind = \"mqtt\"\nurl = \"" + cloud.url() + "\"\n");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }));
    fill_during_outage(broker, gateway);
    EXPECT_FALSE(gateway.json("/api/v1/upstreams")["upstreams"][0]["up"].get<bool>());

    cloud.start();
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(drained(gateway, "cloud")) << gateway.log();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    EXPECT_TRUE(gateway.json("/api/v1/upstreams")["upstreams"][0]["up"].get<bool>());
    EXPECT_EQ(upstream_books(gateway, "cloud")["delivered"], readings);

    Process late(subscriber({"-C", "20", "-W", "60"}), {.output = dir / "received"});
    ASSERT_EQ(late.wait(70s), 0) << "20 deliveries of 500 records are waiting";
    Received received;
    std::istringstream lines(late.output());
    for (std::string line; std::getline(lines, line);) received.add(line);
    expect_once_and_in_order(received.records());
    std::printf(
        "MQTT: %lu readings held over an outage and a kill -9, delivered once and in order in %.2f s\n",
        readings, took.count());
    EXPECT_EQ(gateway.stop(), 0);
}

TEST(Outage, HoldsTenThousandReadingsForAnHttpsUpstreamAndDeliversEachOnceInOrder)
{
    const Broker broker;
    const Certificate certificate;
    std::atomic<bool> open = false;
    std::atomic<int> refused = 0;
    Received received;
    HttpServer cloud(
        [&](const HttpRequest& request) {
            if (!open) {
                ++refused;
                return HttpReply::of("503 Service Unavailable");
            }
            received.add(gunzip(request.body));
            return HttpReply::of("204 No Content");
        },
        &certificate);
    Gateway gateway(broker.url(), "",
                    "[[upstream]]\nname = \"cloud\"\nkind = \"https\"\nurl = \"" + cloud.url() +
                        "/in\"\nca_file = \"" + certificate.file().string() + "\"\n");
    ASSERT_TRUE(wait_until([&] { return gateway.json("/api/v1/gateway")["broker"]["up"].get<bool>(); }));
    fill_during_outage(broker, gateway);
    ASSERT_TRUE(wait_until([&] { return refused > 0; })) << "it has tried, and was refused";

    open = true;
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(drained(gateway, "cloud")) << gateway.log();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    EXPECT_EQ(upstream_books(gateway, "cloud")["delivered"], readings);
    expect_once_and_in_order(received.records());
    std::printf(
        "HTTPS: %lu readings held over an outage and a kill -9, delivered once and in order in %.2f s\n",
        readings, took.count());
    EXPECT_EQ(gateway.stop(), 0);
}

}  // namespace
}  // namespace tidegate::tests
