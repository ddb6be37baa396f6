// What was answered 204 is committed: nothing of it is missing, whenever the gateway is killed.
#include "support/broker.hpp"
#include "support/gateway.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fmt/format.h>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr int posters = 8;
constexpr int lines_a_post = 20;

int kills_wanted()
{
    const char* wanted = std::getenv("TIDEGATE_POST_KILLS");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return wanted == nullptr ? 15 : std::atoi(wanted);
}

// Numbers, no two the same, as integers of one field.
std::string lines_from(std::uint64_t first)
{
    std::string lines;
    for (int i = 0; i < lines_a_post; ++i)
        lines += fmt::format("m n={}i\n", first + static_cast<std::uint64_t>(i));
    return lines;
}

TEST(PostKill, LosesNothingThatWasAnswered)
{
    const int kills = kills_wanted();
    Broker broker;
    Gateway gateway{broker.url(), "", "[store]\ncommit = \"200ms\""};
    std::mutex mutex;
    std::set<std::uint64_t> answered;
    std::uint64_t next = 1;
    std::uint64_t unanswered = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < posters; ++i)
        threads.emplace_back([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                std::uint64_t first = 0;
                {
                    const std::scoped_lock lock(mutex);
                    first = std::exchange(next, next + lines_a_post);
                }
                int status = 0;
                try {
                    status = gateway.send("POST", "/write?db=kill", lines_from(first)).status;
                } catch (const std::exception&) {
                    std::this_thread::sleep_for(10ms);  // it was killed
                }
                const std::scoped_lock lock(mutex);
                if (status == 204)
                    for (std::uint64_t n = 0; n < lines_a_post; ++n) answered.insert(first + n);
                else
                    ++unanswered;
            }
        });

    std::mt19937 random(20261128);
    for (int i = 0; i < kills; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(150 + random() % 600));
        gateway.kill();
        gateway.start();
    }
    std::this_thread::sleep_for(500ms);
    for (auto& thread : threads) thread.request_stop();
    threads.clear();

    std::set<std::uint64_t> stored;
    std::istringstream lines(gateway.get("/api/v1/export?topic=influx/kill&format=ndjson"));
    // In chunks: a line of JSON each, and lengths between them.
    for (std::string line; std::getline(lines, line);)
        if (const auto at = line.find("\"v\":"); at != std::string::npos)
            stored.insert(std::stoull(line.substr(at + 4)));
    std::uint64_t lost = 0;
    for (const auto number : answered) lost += stored.contains(number) ? 0 : 1;
    std::printf("%d kills under %d posters: %zu lines answered 204, %lu lost; %lu posts without an answer\n",
                kills, posters, answered.size(), lost, unanswered);
    EXPECT_GT(answered.size(), static_cast<std::size_t>(kills * lines_a_post));
    EXPECT_GT(unanswered, 0U);  // else nothing was killed under load
    EXPECT_EQ(lost, 0U);
    EXPECT_EQ(imbalance(gateway.json("/api/v1/books")), "");
    EXPECT_EQ(gateway.stop(), 0) << gateway.log();
}

}  // namespace
}  // namespace tidegate::tests
