// Promise 1 and 2 towards the cloud, over bad networks: whatever a link does, the books add up, and a
// receiver that drops repeats ends with exactly one of each reading.
#include "base/clock.hpp"
#include "bridge/forwarder.hpp"
#include "bridge/https_sink.hpp"
#include "bridge/mqtt_sink.hpp"
#include "support/archive.hpp"
#include "support/broker.hpp"
#include "support/chaos_proxy.hpp"
#include "support/http_server.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <ostream>
#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t readings = 12'000;
constexpr auto impatient = 400ms;  // how long a sink waits for its acknowledgement

// An upstream behind the proxy, and its archive.
class Cloud {
public:
    Cloud() = default;
    virtual ~Cloud() = default;
    Cloud(const Cloud&) = delete;
    Cloud& operator=(const Cloud&) = delete;
    virtual std::unique_ptr<bridge::Sink> sink(std::uint16_t proxy_port) const = 0;
    virtual std::uint16_t port() const = 0;
    virtual void collect() {}  // into the archive, what is not there yet

    Archive archive;
};

class HttpCloud : public Cloud {
public:
    std::unique_ptr<bridge::Sink> sink(std::uint16_t proxy_port) const override
    {
        bridge::HttpPostOptions http{.url = "http://127.0.0.1:" + std::to_string(proxy_port) + "/up"};
        http.connected_within = http.answered_within = impatient;
        return bridge::HttpsSink::make({.http = http, .compression = bridge::Compression::none}).value();
    }
    std::uint16_t port() const override
    {
        const auto url = server_.url();
        const auto colon = url.rfind(':');
        return static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1)));
    }

private:
    HttpServer server_{[this](const HttpRequest& request) {
        archive.take(request.body);
        return HttpReply::of("204 No Content");
    }};
};

class MqttCloud : public Cloud {
public:
    std::unique_ptr<bridge::Sink> sink(std::uint16_t proxy_port) const override
    {
        bridge::MqttSinkOptions options{.broker = {.url = "mqtt://127.0.0.1:" + std::to_string(proxy_port)}};
        options.acknowledged_within = impatient;
        return bridge::MqttSink::make(options).value();
    }
    std::uint16_t port() const override { return broker_.port(); }
    void collect() override
    {
        const auto lines = read_file(dir_ / "received");
        std::istringstream in(lines.substr(collected_));
        for (std::string line; std::getline(in, line) && !in.eof();) {
            archive.take(line);
            collected_ += line.size() + 1;
        }
    }

private:
    TempDir dir_;
    Broker broker_;
    std::size_t collected_ = 0;
    Process receiver_{{"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(broker_.port()), "-q", "1",
                       "-i", "archive", "-t", "tidegate/+/up"},
                      {.output = dir_ / "received"}};
};

struct Trouble {
    const char* name;
    Chaos chaos;
    bool cuts = false;        // and connections are cut again and again
    bool no_answers = false;  // nothing is acknowledged while it lasts
    bool repeats = false;     // the other side must have had something twice
};
std::ostream& operator<<(std::ostream& out, const Trouble& trouble)
{
    return out << trouble.name;
}

const Trouble troubles[] = {
    {"Delay", {.delay = 60ms}},
    {"Slow", {.delay = 20ms, .bytes_per_s = 100'000}},
    {"Cut", {.delay = 5ms}, true},
    {"HalfOpen", {.silent = true}, false, true},
    {"ResetAfterABatch", {.reset_after = 60'000}},
    {"ResetInsteadOfTheAnswer", {.reset_at_answer_after = 60'000}, false, false, true},
};

struct UpstreamChaos : testing::TestWithParam<std::tuple<bool, Trouble>> {
    UpstreamChaos()
    {
        store::StoreOptions options;
        options.directory = dir / "data";
        options.commit_interval = 20ms;
        options.sync_interval = 20ms;
        store = store::Store::open(options).value();
        for (const auto* topic : {"plant/a", "plant/b", "plant/c"})
            store->series().add({0, topic, "", "", "", ""});
        if (std::get<0>(GetParam()))
            cloud = std::make_unique<MqttCloud>();
        else
            cloud = std::make_unique<HttpCloud>();
    }
    void append(std::int64_t count)
    {
        store::Batch batch;
        for (; count > 0; --count, ++next)
            batch.readings.push_back({static_cast<store::SeriesId>(next % 3 + 1), wall_ms(), next, 0});
        batch.books.read = batch.books.stored_readings = batch.readings.size();
        ASSERT_TRUE(store->append(std::move(batch), {}));
    }
    void expect_balanced()
    {
        const auto state = store->state();
        const auto& books = state.upstreams.at(0);
        ASSERT_EQ(state.last_seq - books.started,
                  books.delivered + store::sum(books.discarded) + books.queued(state.last_seq));
    }

    TempDir dir;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<Cloud> cloud;
    std::int64_t next = 0;
};

TEST_P(UpstreamChaos, CostsNoReadingAndTheBooksAddUp)
{
    const auto& trouble = std::get<1>(GetParam());
    ChaosProxy proxy(cloud->port());
    bridge::ForwarderOptions options{
        .name = "cloud", .gateway = "pi", .batch = 200, .first_retry = 20ms, .longest_retry = 100ms};
    options.lanes = {.few = 400, .outage = 300ms};
    options.stalled_after = 200ms;
    bridge::Forwarder forwarder(*store, cloud->sink(proxy.port()), options);
    ASSERT_TRUE(forwarder.start());
    append(1000);
    ASSERT_TRUE(wait_until([&] { return forwarder.status().up; })) << forwarder.status().why;

    proxy.set(trouble.chaos);
    bool was_down = false;
    for (int i = 0; i < 40; ++i) {
        append((readings - 1000) / 40);
        if (trouble.cuts) proxy.cut();
        std::this_thread::sleep_for(50ms);  // the trouble takes its time
        was_down = was_down || !forwarder.status().up;
        expect_balanced();
    }
    const auto during = forwarder.status();
    proxy.set({});
    proxy.cut();  // what the proxy let vanish stays away

    const auto sent = [&] { return store->state().upstreams.at(0).queued(store->state().last_seq) == 0; };
    append(readings - next);
    ASSERT_TRUE(store->flush());
    ASSERT_TRUE(wait_until(sent, 60s)) << forwarder.status().why;
    expect_balanced();
    const auto state = store->state();
    EXPECT_EQ(state.upstreams.at(0).delivered, static_cast<std::uint64_t>(readings));
    EXPECT_EQ(store::sum(state.upstreams.at(0).discarded), 0U);
    EXPECT_TRUE(forwarder.status().up);

    const auto all_there = [&] {
        cloud->collect();
        return cloud->archive.times().size() == static_cast<std::size_t>(readings);
    };
    ASSERT_TRUE(wait_until(all_there, 20s)) << cloud->archive.times().size();
    for (const auto& [number, times] : cloud->archive.times()) ASSERT_EQ(times, 1) << number;
    EXPECT_EQ(cloud->archive.wrong(), 0U);
    std::printf(
        "%s: %ld readings, %zu repeats that the receiver dropped, %d connections, %d resets, %lu given up "
        "for silence\n",
        trouble.name, readings, cloud->archive.repeats(), proxy.accepted(), proxy.resets(),
        forwarder.status().reopened);
    if (trouble.no_answers) {
        EXPECT_TRUE(was_down) << "it does not show a link for up that acknowledges nothing";
        EXPECT_FALSE(during.up);
        EXPECT_NE(during.why, "");
        EXPECT_GE(forwarder.status().reopened, 1U);
        EXPECT_GT(proxy.vanished(), 0U);
    }
    if (trouble.repeats) {
        EXPECT_GT(cloud->archive.repeats(), 0U) << "what was done, and could not be known";
    }
}

INSTANTIATE_TEST_SUITE_P(
    Over, UpstreamChaos, testing::Combine(testing::Bool(), testing::ValuesIn(troubles)), [](const auto& one) {
        return std::string(std::get<0>(one.param) ? "Mqtt" : "Https") + std::get<1>(one.param).name;
    });

}  // namespace
}  // namespace tidegate::tests
