// What a forwarder does after an outage: what is new goes at once, what is older behind it.
#include "bridge/lanes.hpp"

#include "forwarder_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using tests::wait_until;

struct LanesTest : ForwarderTest {
    LanesTest()
    {
        options.lanes.few = 20;
        options.lanes.outage = 0ms;
    }

    // So many readings wait behind a failed delivery.
    void fail_with(int count)
    {
        cloud.behave(unavailable);
        append(0, count);
        start();
        ASSERT_TRUE(wait_until([&] { return cloud.tried() > 0; }));
    }

    bool all_is_sent(std::uint64_t last)
    {
        return wait_until([&] {
            const auto now = books();
            return now.cursor == last && now.ahead.empty();
        });
    }
    std::vector<double> sorted()
    {
        auto values = cloud.values();
        std::ranges::sort(values);
        return values;
    }
    bool balances(std::uint64_t last)
    {
        const auto now = books();
        return now.delivered + store::sum(now.discarded) + now.queued(last) == last - now.started;
    }
};

// Appends `count` readings from `first` on while the n-th delivery is under way, and takes every delivery.
auto appends_at(LanesTest& test, int n, int first, int count)
{
    return [&test, n, first, count, tries = 0](const Delivery&) mutable -> Result<> {
        if (++tries == n) {
            // The store is not the forwarder's: what comes in does not wait for a delivery.
            test.append(first, count);
        }
        return {};
    };
}

TEST_F(LanesTest, SendsWhatIsNewAtOnceAndTheBacklogBehindIt)
{
    fail_with(100);
    cloud.behave(appends_at(*this, 3, 100, 15));

    ASSERT_TRUE(takes(115));

    std::vector<double> expected = numbers(0, 10);  // what was under way, as it was
    const auto then = [&](int first, int count) {
        const auto more = numbers(first, count);
        expected.insert(expected.end(), more.begin(), more.end());
    };
    then(10, 20);   // two of the backlog, the second while something comes in
    then(100, 15);  // which goes next
    then(30, 70);
    EXPECT_EQ(cloud.values(), expected);
    EXPECT_EQ(cloud.late, numbers(0, 100)) << "the backlog is marked, and only that";
    ASSERT_TRUE(all_is_sent(115));
    EXPECT_EQ(books().delivered, 115U);
}

TEST_F(LanesTest, StaysOneLaneWhereFewWait)
{
    fail_with(20);
    cloud.behave(appends_at(*this, 1, 20, 5));

    ASSERT_TRUE(takes(25));
    EXPECT_EQ(cloud.values(), numbers(0, 25));
    EXPECT_TRUE(cloud.late.empty());
}

TEST_F(LanesTest, StaysOneLaneAfterAShortOutage)
{
    options.lanes.outage = 1h;
    cloud.behave(unavailable);
    start();
    append(0, 100);
    ASSERT_TRUE(wait_until([&] { return cloud.tried() > 0; }));
    cloud.behave(appends_at(*this, 1, 100, 5));

    ASSERT_TRUE(takes(105));
    EXPECT_EQ(cloud.values(), numbers(0, 105));
    EXPECT_TRUE(cloud.late.empty());
}

TEST_F(LanesTest, TakesWhatWaitsAtTheStartForABacklog)
{
    append(0, 100);
    cloud.behave(appends_at(*this, 2, 100, 1));
    start();

    ASSERT_TRUE(takes(101));
    EXPECT_EQ(cloud.values().at(20), 100);
    EXPECT_EQ(cloud.late, numbers(0, 100));
}

TEST_F(LanesTest, GoesOnInBothLanesAfterARestartAndSendsNothingTwice)
{
    fail_with(100);
    cloud.behave([this, tries = 0](const Delivery& delivery) mutable -> Result<> {
        if (++tries == 2) append(100, 30);
        if (tries > 5) return unavailable(delivery);  // after 20 of the backlog and 30 new ones
        return {};
    });
    ASSERT_TRUE(wait_until([&] { return cloud.tried() > 7 && cloud.values().size() == 50; }));
    forwarder.reset();
    ASSERT_TRUE(balances(130));

    open_store();
    EXPECT_EQ(books().cursor, 20U);
    EXPECT_THAT(books().ahead, ElementsAre(store::Ahead{100, 130}));
    EXPECT_EQ(books().backlog(), 80U);
    EXPECT_TRUE(balances(130));

    cloud.behave([](const Delivery&) { return Result<>{}; });
    append(130, 5);
    start();
    ASSERT_TRUE(takes(135));
    EXPECT_EQ(sorted(), numbers(0, 135)) << "each once";
    EXPECT_EQ(cloud.values().at(50), 130) << "new ones first";
    EXPECT_TRUE(all_is_sent(135));
    EXPECT_TRUE(balances(135));
}

TEST_F(LanesTest, BeginsAnewAtNowAfterASecondOutage)
{
    fail_with(100);
    cloud.behave([this, tries = 0](const Delivery& delivery) mutable -> Result<> {
        ++tries;
        if (tries == 2) append(100, 10);  // goes ahead
        if (tries == 3) append(110, 50);  // fails, and waits
        if (tries >= 4 && tries < 8) return unavailable(delivery);
        if (tries == 9) append(160, 10);  // new after the second outage
        return {};
    });

    ASSERT_TRUE(takes(170));
    EXPECT_EQ(sorted(), numbers(0, 170));
    const auto values = cloud.values();
    const auto place = [&](double value) { return std::ranges::find(values, value) - values.begin(); };
    EXPECT_LT(place(160), place(130)) << "of the second outage";
    EXPECT_LT(place(160), place(50)) << "of the first";
    EXPECT_LT(place(50), place(150)) << "the backlog goes in its order";
    EXPECT_TRUE(all_is_sent(170));
    EXPECT_TRUE(balances(170));
}

TEST_F(LanesTest, PartFromTheRightPlaceWhenTheyMeetWithTheBatchThatEndsAnOutage)
{
    fail_with(100);
    cloud.behave([this, failed = false](const Delivery& delivery) mutable -> Result<> {
        if (delivery.records.front().seq > 100 || delivery.last() != 100) return {};
        if (!std::exchange(failed, true)) return unavailable(delivery);
        append(100, 50);  // many, while the last of the backlog is under way again
        return {};
    });

    ASSERT_TRUE(takes(150));
    ASSERT_TRUE(all_is_sent(150));
    EXPECT_EQ(sorted(), numbers(0, 150)) << "each once";
    EXPECT_EQ(cloud.late, numbers(0, 150)) << "what waited at the end of the outage is a backlog";
    EXPECT_TRUE(balances(150));
    EXPECT_EQ(books().delivered, 150U);
    append(150, 1);
    ASSERT_TRUE(takes(151));
    EXPECT_EQ(cloud.late, numbers(0, 150)) << "and what is new is none";
}

TEST_F(LanesTest, KeepsTheBooksWhereRecordsAreRefusedInBothLanes)
{
    fail_with(100);
    cloud.behave([this, tries = 0](const Delivery& delivery) mutable -> Result<> {
        if (++tries == 2) append(100, 10);
        for (const auto& record : delivery.records) {
            const auto value = store::as_number(record.reading.value);
            if (value == 55 || value == 105) return Error{ErrorKind::invalid, "no"};
        }
        return {};
    });

    ASSERT_TRUE(all_is_sent(110));
    auto expected = numbers(0, 110);
    std::erase_if(expected, [](double value) { return value == 55 || value == 105; });
    EXPECT_EQ(sorted(), expected);
    EXPECT_EQ(books().discarded, (store::Discards{0, 0, 2}));
    EXPECT_TRUE(balances(110));
    ASSERT_TRUE(wait_until([&] {
        const std::lock_guard lock(cloud.mutex);
        return cloud.gaps.size() == 2;
    })) << "both are told, though the later one was refused first";
}

TEST_F(LanesTest, PassesOverWhatIsNotSelectedInBothLanes)
{
    options.selection = Selection::make({{"other/#"}, {}, {}}).value();
    const auto other = store->series().add({0, "other/a", "", "", "", ""});
    append(0, 50);
    store::Batch batch;
    batch.readings.push_back({other, start_ms, 1000.0, 0});
    batch.books.read = batch.books.stored_readings = 1;
    ASSERT_TRUE(store->append(std::move(batch), {}));
    append(50, 50);
    start();

    ASSERT_TRUE(all_is_sent(101));
    EXPECT_EQ(cloud.values(), std::vector<double>{1000});
    EXPECT_EQ(store::sum(books().discarded), 100U);
    EXPECT_TRUE(balances(101));
}

TEST_F(LanesTest, HoldsTheBacklogBackForTheDaysBytesAlsoAfterARestart)
{
    options.lanes.pace.bytes_per_day = 8000;  // 80 records
    options.first_retry = options.longest_retry = 50ms;
    fail_with(100);
    cloud.behave([](const Delivery&) { return Result<>{}; });
    ASSERT_TRUE(wait_until([&] { return forwarder->status().held_by == "day"; }));
    const auto sent = cloud.values().size();
    EXPECT_LE(sent, 70U) << "what was tried in vain went over the link, too";
    append(100, 3);
    ASSERT_TRUE(takes(sent + 3)) << "what is new is not held back";
    EXPECT_EQ(cloud.values().back(), 102);

    forwarder.reset();
    open_store();
    EXPECT_GE(books().spent.day_bytes, 8000U);
    start();
    append(103, 1);
    ASSERT_TRUE(takes(sent + 4));
    ASSERT_TRUE(wait_until([&] { return forwarder->status().held_by == "day"; }));
    EXPECT_EQ(cloud.values().size(), sent + 4) << "nothing of the backlog";
}

TEST_F(LanesTest, ShowsTheOldestReadingAndHowLongTheBacklogTakes)
{
    options.lanes.pace.records_per_s = 20;
    fail_with(100);
    cloud.behave([](const Delivery&) { return Result<>{}; });
    ForwarderStatus status;
    ASSERT_TRUE(wait_until([&] {
        status = forwarder->status();
        return status.held_by == "records" && status.seconds_left;  // some of it has gone
    }));
    EXPECT_TRUE(status.up);
    EXPECT_GT(*status.seconds_left, 0);
    EXPECT_GE(status.oldest_ms, start_ms);
    EXPECT_LT(status.oldest_ms, start_ms + 100);
    EXPECT_GT(books().backlog(), 0U);
}

TEST_F(LanesTest, IsNotUpWhileADeliveryIsTakenAndNotAcknowledged)
{
    options.stalled_after = 20ms;
    append(0, 1);
    start();
    ASSERT_TRUE(wait_until([&] { return forwarder->status().up; }));
    std::atomic<bool> silent = true;
    cloud.behave([&](const Delivery&) -> Result<> {
        while (silent) std::this_thread::yield();
        return {};
    });
    append(1, 1);

    ASSERT_TRUE(wait_until([&] { return !forwarder->status().up; }));
    EXPECT_THAT(forwarder->status().why, testing::HasSubstr("no acknowledgement for"));
    EXPECT_GE(forwarder->status().unacknowledged_ms, 20);
    silent = false;
    ASSERT_TRUE(wait_until([&] { return forwarder->status().up; }));
    EXPECT_EQ(forwarder->status().why, "");
    EXPECT_EQ(forwarder->status().unacknowledged_ms, 0);
}

}  // namespace
}  // namespace tidegate::bridge
