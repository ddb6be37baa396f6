// The daemon itself between a real broker and an HTTPS upstream behind a network that does what it likes, and
// killed meanwhile: nothing is lost, nothing is twice, and the books add up whenever one looks.
#include "support/archive.hpp"
#include "support/broker.hpp"
#include "support/certificate.hpp"
#include "support/chaos_proxy.hpp"
#include "support/gateway.hpp"
#include "support/http_server.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr int topics = 20, a_round = 400;

// In CI few; as many as one likes by TIDEGATE_CHAOS_ROUNDS.
int rounds()
{
    const auto* asked = std::getenv("TIDEGATE_CHAOS_ROUNDS");
    return asked == nullptr ? 14 : std::atoi(asked);
}

TEST(GatewayChaos, CostsNoReadingAndTheBooksAddUp)
{
    const Certificate certificate;
    Archive archive;
    const HttpServer cloud(
        [&](const HttpRequest& request) {
            archive.take(request.body);
            return HttpReply::of("204 No Content");
        },
        &certificate);
    const auto cloud_url = cloud.url();
    ChaosProxy proxy(static_cast<std::uint16_t>(std::stoi(cloud_url.substr(cloud_url.rfind(':') + 1))));
    const Broker site;
    Gateway gateway(site.url(), "",
                    "[[upstream]]\nname = \"cloud\"\nkind = \"https\"\nurl = \"https://127.0.0.1:" +
                        std::to_string(proxy.port()) + "/up\"\nca_file = \"" + certificate.file().string() +
                        "\"\ncompression = \"none\"\nbatch = 100\n");
    const auto up = [&] { return gateway.json("/api/v1/gateway")["broker"]["up"] == true; };
    ASSERT_TRUE(wait_until(up, 30s)) << gateway.log();

    std::mt19937 random(7);  // the same course each time
    const Chaos kinds[] = {{},
                           {.delay = 50ms},
                           {.delay = 10ms, .bytes_per_s = 50'000},
                           {.silent = true},
                           {.reset_after = 40'000},
                           {.reset_at_answer_after = 40'000}};
    std::int64_t last = 0;
    int kills = 0;
    for (int round = 0; round < rounds(); ++round) {
        proxy.set(kinds[random() % std::size(kinds)]);
        std::string lines;
        for (int i = 0; i < a_round; ++i) lines += std::to_string(++last) + "\n";
        site.publish_lines("plant/" + std::to_string(round % topics), lines);
        if (round % 3 == 1) proxy.cut();
        if (round % 5 == 3) {
            gateway.kill();
            gateway.start();
            ++kills;
        }
        EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
    }
    proxy.set({});
    proxy.cut();  // what the proxy let vanish stays away

    const auto drained = [&] {
        gateway.post("/api/v1/upstreams/retry?id=cloud");
        std::this_thread::sleep_for(100ms);
        const auto books = gateway.json("/api/v1/books");
        EXPECT_EQ(imbalance(books), "");
        return books["last_seq"] == last && books["upstreams"][0]["delivered"] == last;
    };
    ASSERT_TRUE(wait_until(drained, 90s)) << gateway.json("/api/v1/books") << gateway.log();
    EXPECT_EQ(archive.missing(last), "");
    EXPECT_EQ(archive.wrong(), 0U);
    std::printf(
        "daemon in chaos: %ld readings, %d kills, %d connections, %d resets, %zu repeats that the "
        "receiver dropped\n",
        static_cast<long>(last), kills, proxy.accepted(), proxy.resets(), archive.repeats());
    EXPECT_GT(kills, 0);
}

}  // namespace
}  // namespace tidegate::tests
