#pragma once

#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/numbered.hpp"
#include "unit/web/raw_client.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace tidegate::tests {

// Who publishes before the gateway has a session loses it rightly.
inline bool subscribed(const Gateway& gateway)
{
    return wait_until([&] { return gateway.json("/api/v1/gateway")["brokers"][0].value("up", false); });
}

// How a client speaks to it: the same attacks, in plain and through TLS.
enum class Way { plain, tls };
inline const char* name_of(Way way)
{
    return way == Way::tls ? "tls" : "plain";
}

// The real daemon on one port for both, its certificate made by itself, with short deadlines; beside it a
// fleet that publishes all the while. When the suite ends, nothing that was acknowledged to the fleet may be
// missing.
class Attacked : public testing::Test {
public:
    static void SetUpTestSuite()
    {
        broker = std::make_unique<Broker>();
        gateway =
            std::make_unique<Gateway>(broker->url(), "filters = [\"numbered/#\"]\n", web_configuration());
        ASSERT_TRUE(subscribed(*gateway)) << gateway->log();
        fleet = std::make_unique<Process>(
            std::vector<std::string>{TIDEGATE_SIM_BINARY, "--broker", broker->url(), "--numbered",
                                     "--devices", "5", "--rate", "100", "--acked-file",
                                     (directory / "acked").string()},
            Process::Files{.output = directory / "sim.log"});
        entries = 0;
    }

    static void TearDownTestSuite()
    {
        fleet->kill(SIGTERM);
        EXPECT_EQ(fleet->wait(std::chrono::seconds(30)), 0) << fleet->output();
        settle(*gateway);
        EXPECT_EQ(imbalance(gateway->json("/api/v1/books")), "");
        const auto [acknowledged, lost, repeated] = account_of(*gateway, directory / "acked");
        std::printf(
            "attack list: %d entries; meanwhile %lu messages acknowledged, %lu lost, %lu stored twice; "
            "%lu kB resident at the end\n",
            entries, acknowledged, lost, repeated, resident_kib());
        EXPECT_GT(acknowledged, 100U);
        EXPECT_EQ(lost, 0U);
        EXPECT_EQ(repeated, 0U);
        fleet.reset();
        EXPECT_EQ(gateway->stop(), 0);
        gateway.reset();
        broker.reset();
    }

    // After each: it runs, answers, and has taken in messages since.
    void TearDown() override
    {
        ASSERT_TRUE(gateway->running()) << gateway->log();
        const auto received = [] {
            return gateway->json("/api/v1/books")["messages"]["received"].get<std::uint64_t>();
        };
        const auto before = received();
        EXPECT_TRUE(wait_until([&] { return received() > before; })) << "the intake stands still";
    }

    static std::unique_ptr<RawClient> client(Way way)
    {
        if (way == Way::plain) return std::make_unique<RawClient>(gateway->port());
        return std::make_unique<RawClient>(gateway->port(),
                                           RawClient::Tls{gateway->dir() / "state/tls/ca.crt"});
    }

    static unsigned long resident_kib()
    {
        std::ifstream in("/proc/" + std::to_string(gateway->pid()) + "/status");
        for (std::string line; std::getline(in, line);)
            if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
        return 0;
    }

    static std::uint64_t refused(const std::string& reason)
    {
        const auto text = gateway->get("/metrics");
        const auto name = "tidegate_web_refused_total{reason=\"" + reason + "\"} ";
        const auto at = text.find(name);
        return at == std::string::npos ? 0
                                       : static_cast<std::uint64_t>(std::stod(text.substr(at + name.size())));
    }

protected:
    static std::string web_configuration()
    {
        return "address = \"0.0.0.0\"\ntls = \"auto\"\n[web.limits]\nhead_time = \"1500ms\"\nbody_time = "
               "\"1500ms\"\n"
               "idle_time = \"6s\"\nwrite_time = \"3s\"\nconnections = 400\nconnections_each = 350\nlive = "
               "300\n";
    }

    static inline TempDir directory;
    static inline std::unique_ptr<Broker> broker;
    static inline std::unique_ptr<Gateway> gateway;
    static inline std::unique_ptr<Process> fleet;
    static inline int entries = 0;
};

}  // namespace tidegate::tests
