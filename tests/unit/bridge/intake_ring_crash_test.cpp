#include "bridge/intake_ring.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <random>
#include <string>
#include <thread>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;

// What the child has told the world, as a broker and a store would have heard it.
struct Told {
    std::atomic<std::uint64_t> acknowledged = 0;  // push() of this message has returned
    std::atomic<std::uint64_t> releasing = 0;     // release() of this message may have begun
};

struct SharedTold {
    Told* told = static_cast<Told*>(
        ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    SharedTold() { std::construct_at(told); }
    ~SharedTold() { ::munmap(told, sizeof(Told)); }
    SharedTold(const SharedTold&) = delete;
    SharedTold& operator=(const SharedTold&) = delete;
};

std::string payload_of(std::uint64_t number)
{
    return std::to_string(number) + ":" +
           std::string(number * 7919 % 700, static_cast<char>('a' + number % 26));
}

std::uint64_t number_of(std::string_view payload)
{
    std::uint64_t number = 0;
    std::from_chars(payload.data(), payload.data() + payload.size(), number);
    return number;
}

// In the child: pushes numbered messages as fast as it can, and frees the oldest ones behind itself.
[[noreturn]] void push_until_killed(const std::filesystem::path& file, std::uint64_t number, Told& told)
{
    const auto ring = IntakeRing::open(file, IntakeRing::least_capacity).value();
    for (;; ++number) {
        const auto payload = payload_of(number);
        ring->push({.topic = "t", .payload = payload}, {});
        told.acknowledged.store(number);
        if (ring->used_bytes() < IntakeRing::least_capacity / 2) continue;
        for (int i = 0; i < 50; ++i)
            if (const auto taken = ring->next()) told.releasing.store(number_of(taken->payload));
        ring->release(ring->position());
    }
}

TEST(IntakeRingCrash, KeepsWhatWasPushedWhenTheProcessIsKilled)
{
    const tests::TempDir dir;
    const auto file = dir / "intake.ring";
    const SharedTold shared;
    Told& told = *shared.told;
    std::mt19937 random(std::random_device{}());
    std::uint64_t first = 1;
    std::uint64_t found = 0;

    for (int kill = 0; kill < 50; ++kill) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) push_until_killed(file, first, told);
        std::this_thread::sleep_for(
            std::chrono::microseconds(std::uniform_int_distribution(0, 20'000)(random)));
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        ASSERT_EQ(::waitpid(child, nullptr, 0), child);

        const auto ring = IntakeRing::open(file, IntakeRing::least_capacity).value();
        auto oldest = ring->next();
        auto expected = oldest ? number_of(oldest->payload) : first;
        ASSERT_LE(expected, std::max(first, told.releasing.load() + 1))
            << "lost at the old end, kill " << kill;
        for (auto message = oldest; message; message = ring->next()) {
            ASSERT_EQ(message->payload, payload_of(expected));
            ++expected;
            ++found;
        }
        ASSERT_GT(expected, told.acknowledged.load()) << "lost at the new end, kill " << kill;
        ring->release(ring->position());
        first = expected;
        told.acknowledged.store(first - 1);
        told.releasing.store(first - 1);
        ASSERT_FALSE(std::filesystem::exists(file.string() + ".damaged"));
    }
    RecordProperty("messages_found", std::to_string(found));
    EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace tidegate::bridge
