#pragma once

#include "support/archive.hpp"
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/listener.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace tidegate::tests {

// The real daemon between a broker of the site and a component that others made. Readings are the numbers
// from 1, so that each can be told from every other.
struct RealComponents : testing::Test {
    void start(const std::string& upstream, const std::string& more = "")
    {
        gateway.emplace(site.url(), "",
                        "[[upstream]]\nname = \"cloud\"\n" + upstream + "batch = 100\n" + more);
        ASSERT_TRUE(wait_until([&] { return gateway->json("/api/v1/gateway")["broker"]["up"] == true; },
                               std::chrono::seconds(30)))
            << gateway->log();
    }

    void publish(std::int64_t from, std::int64_t to) const
    {
        std::string lines;
        for (auto value = from; value <= to; ++value) lines += std::to_string(value) + "\n";
        site.publish_lines("plant/counter", lines);
    }

    nlohmann::json books() const { return gateway->json("/api/v1/books"); }

    // Until everything is delivered, and the books say so.
    testing::AssertionResult drained(std::uint64_t readings,
                                     std::chrono::seconds most = std::chrono::seconds(90)) const
    {
        const auto all = [&] {
            const auto now = books();
            // Also while it drains, in whichever answer.
            EXPECT_EQ(imbalance(now), "");
            const auto upstreams = gateway->json("/api/v1/upstreams");
            EXPECT_TRUE(adds_up(upstreams["upstreams"][0]["books"])) << upstreams;
            return now["last_seq"] == readings && now["upstreams"][0]["delivered"] == readings;
        };
        if (!wait_until(all, most))
            return testing::AssertionFailure() << books().dump() << gateway->json("/api/v1/upstreams").dump();
        if (const auto wrong = imbalance(books()); !wrong.empty())
            return testing::AssertionFailure() << wrong;
        return testing::AssertionSuccess();
    }

    bool delivers(std::uint64_t at_least) const
    {
        return wait_until([&] { return books()["upstreams"][0]["delivered"] >= at_least; },
                          std::chrono::seconds(60));
    }

    // What a receiver that drops repeats does not have once, of 1 to `last`; waits for it. Empty: it has
    // each.
    static std::string missing(const Listener& listener, std::int64_t last)
    {
        std::string wrong = "nothing came";
        const auto looked = [&] {
            Archive archive;
            for (const auto& delivery : listener.payloads()) archive.take(delivery);
            wrong = archive.missing(last);
            repeats = archive.repeats();
            return archive.count() >= static_cast<std::size_t>(last);
        };
        (void)wait_until(
            [&] { return (std::this_thread::sleep_for(std::chrono::milliseconds(200)), looked()); },
            std::chrono::seconds(60));
        return wrong;
    }

    // Publishes to a cloud that goes while it takes, and comes back: it has each reading once all the same.
    template <class Go, class ComeBack>
    void outlives(const char* cloud, const Listener& listener, const Go& go, const ComeBack& come_back)
    {
        publish(1, 3000);
        ASSERT_TRUE(delivers(200)) << gateway->log();
        go();
        publish(3001, 5000);
        come_back();

        EXPECT_TRUE(drained(5000)) << gateway->log();
        EXPECT_EQ(missing(listener, 5000), "");
        std::printf("%s: 5,000 readings, none missing, %zu repeated\n", cloud, repeats);
    }

    static inline std::size_t repeats = 0;  // that the last missing() dropped
    Broker site;
    std::optional<Gateway> gateway;
};

}  // namespace tidegate::tests
