#include "bridge/window.hpp"

#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;

TEST(Window, GrowsWhileDeliveriesAreQuickAndNoFurtherThanItMay)
{
    Window window(12);
    EXPECT_EQ(window.batches(), 1);
    for (const std::size_t batches : {2, 4, 8, 12, 12}) {
        window.delivered(100ms, true);
        EXPECT_EQ(window.batches(), batches);
    }
}

TEST(Window, ShrinksWhereADeliveryWouldKeepWhatIsNewWaiting)
{
    Window window(16);
    for (int i = 0; i < 4; ++i) window.delivered(10ms, true);
    window.delivered(300ms, true);
    EXPECT_EQ(window.batches(), 16) << "long enough, and not too long";
    window.delivered(600ms, true);
    EXPECT_EQ(window.batches(), 8);
}

TEST(Window, IsOneBatchAfterAFailureForLongerEachTime)
{
    Window window(16);
    const auto deliveries_until_more = [&] {
        int count = 0;
        while (window.batches() == 1) {
            window.delivered(10ms, true);
            ++count;
        }
        return count;
    };
    EXPECT_EQ(deliveries_until_more(), 1);
    window.failed();
    EXPECT_EQ(window.batches(), 1);
    EXPECT_EQ(deliveries_until_more(), 17);
    window.failed();
    EXPECT_EQ(deliveries_until_more(), 33);
    for (int i = 0; i < 10; ++i) window.delivered(10ms, true);  // the widest is taken: all is forgotten
    window.failed();
    EXPECT_EQ(deliveries_until_more(), 17);
}

TEST(Window, DoesNotGrowOnATrickleButShrinksOnASlowOne)
{
    Window window(16);
    window.delivered(10ms, false);
    EXPECT_EQ(window.batches(), 1);
    for (int i = 0; i < 3; ++i) window.delivered(10ms, true);
    window.delivered(10ms, false);
    EXPECT_EQ(window.batches(), 8);
    window.delivered(600ms, false);
    EXPECT_EQ(window.batches(), 4);
}

TEST(Window, IsOneBatchAfterAnOutageAndGrowsAgainAtOnce)
{
    Window window(16);
    for (int i = 0; i < 3; ++i) window.delivered(10ms, true);
    window.away();
    EXPECT_EQ(window.batches(), 1);
    window.delivered(10ms, true);
    EXPECT_EQ(window.batches(), 2);
}

TEST(Window, OfOneStaysOne)
{
    Window window(1);
    window.delivered(0ms, true);
    EXPECT_EQ(window.batches(), 1);
}

}  // namespace
}  // namespace tidegate::bridge
