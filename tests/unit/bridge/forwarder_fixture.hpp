#pragma once

#include "base/clock.hpp"
#include "bridge/forwarder.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

// A forwarder between a real store and another side that the test plays.
namespace tidegate::bridge {

// The other side, as the test has it behave. Outlives the forwarder that owns its sink.
struct Cloud {
    std::mutex mutex;
    std::function<Result<>(const Delivery&)> behaviour = [](const Delivery&) { return Result<>{}; };
    std::chrono::milliseconds retry_after{0};
    bool takes_gaps = true;
    std::size_t most_under_way = 1;
    std::size_t settled = 0;         // of the next that fails
    std::vector<Refusal> refused{};  // of what is settled
    std::function<bool(const store::Reading&)> sayable = [](const store::Reading&) { return true; };
    int tries = 0;
    std::vector<double> taken;
    std::vector<double> late;                                     // of them, in their order
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;  // first and last seq of each try
    std::vector<store::Gap> gaps;                                 // taken

    void behave(std::function<Result<>(const Delivery&)> how)
    {
        const std::lock_guard lock(mutex);
        behaviour = std::move(how);
    }
    int tried()
    {
        const std::lock_guard lock(mutex);
        return tries;
    }
    std::vector<double> values()
    {
        const std::lock_guard lock(mutex);
        return taken;
    }
};

class FakeSink : public Sink {
public:
    static constexpr std::uint64_t bytes_a_record = 100;

    explicit FakeSink(Cloud& cloud) : cloud_(cloud) {}

    Result<> deliver(const Delivery& delivery, const std::stop_token&) override
    {
        const std::lock_guard lock(cloud_.mutex);
        ++cloud_.tries;
        cloud_.ranges.emplace_back(delivery.first(), delivery.last());
        bytes_ = bytes_a_record * delivery.records.size();
        auto result = cloud_.behaviour(delivery);
        if (!result) return result;
        for (const auto& record : delivery.records) {
            cloud_.taken.push_back(store::as_number(record.reading.value));
            if (delivery.late) cloud_.late.push_back(cloud_.taken.back());
        }
        cloud_.gaps.insert(cloud_.gaps.end(), delivery.gaps.begin(), delivery.gaps.end());
        return result;
    }
    Result<> can_say(const store::Reading& reading) const override
    {
        if (cloud_.sayable(reading)) return {};
        return Error{ErrorKind::invalid, "there is no word for it"};
    }
    std::size_t most_under_way() const override { return cloud_.most_under_way; }
    std::size_t settled() const override { return std::exchange(cloud_.settled, 0); }
    std::span<const Refusal> refused() const override { return cloud_.refused; }
    std::chrono::milliseconds retry_after() const override { return cloud_.retry_after; }
    bool takes_gaps() const override { return cloud_.takes_gaps; }
    std::uint64_t bytes() const override { return bytes_; }
    std::string kind() const override { return "fake"; }
    std::string url() const override { return "fake://cloud"; }

private:
    Cloud& cloud_;
    std::uint64_t bytes_ = 0;  // of the last delivery
};

inline Result<> unavailable(const Delivery&)
{
    return Error{ErrorKind::unavailable, "the cloud is away"};
}

struct ForwarderTest : testing::Test {
    ForwarderTest() { open_store(); }

    void open_store()
    {
        store.reset();
        store::StoreOptions quick;
        quick.directory = dir / "data";
        quick.commit_interval = std::chrono::milliseconds(5);
        quick.durability = store::Durability::strict;
        store = store::Store::open(quick).value();
        series = store->series().find("t", "").value_or(0);
        if (series == 0) series = store->series().add({0, "t", "", "", "", ""});
        store->open_upstream(options.name);
    }

    // Readings first, first + 1, …
    void append(int first, int count)
    {
        store::Batch batch;
        for (int i = first; i < first + count; ++i)
            batch.readings.push_back({series, start_ms + i, static_cast<double>(i), 0});
        const auto number = static_cast<std::uint64_t>(count);
        batch.books.received = batch.books.stored_messages = number;
        batch.books.read = batch.books.stored_readings = number;
        ASSERT_TRUE(store->append(std::move(batch), {}));
        ASSERT_TRUE(store->flush());
    }
    void start()
    {
        forwarder = std::make_unique<Forwarder>(*store, std::make_unique<FakeSink>(cloud), options);
        ASSERT_TRUE(forwarder->start());
    }
    bool takes(std::size_t count)
    {
        return tests::wait_until([&] { return cloud.values().size() >= count; });
    }
    store::UpstreamBooks books() { return store->open_upstream("cloud"); }
    static std::vector<double> numbers(int first, int count)
    {
        std::vector<double> out(static_cast<std::size_t>(count));
        std::iota(out.begin(), out.end(), first);
        return out;
    }

    std::int64_t start_ms = wall_ms();
    tests::TempDir dir;
    Cloud cloud;
    std::unique_ptr<store::Store> store;
    store::SeriesId series = 0;
    ForwarderOptions options{.name = "cloud",
                             .gateway = "pi",
                             .batch = 10,
                             .first_retry = std::chrono::milliseconds(5),
                             .longest_retry = std::chrono::milliseconds(20)};
    std::unique_ptr<Forwarder> forwarder;
};

}  // namespace tidegate::bridge
