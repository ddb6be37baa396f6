#include "firmware-sim/window.hpp"

#include <gtest/gtest.h>

using tidegate::sim::Window;

namespace {

Window::Entry numbered(std::uint64_t number)
{
    Window::Entry entry;
    entry.message.number = number;
    return entry;
}

}  // namespace

TEST(Window, GivesBackWhatATicketStandsFor)
{
    Window window;
    const auto first = window.add(numbered(1));
    const auto second = window.add(numbered(2));

    EXPECT_EQ(window.acknowledge(second)->message.number, 2U);
    EXPECT_EQ(window.acknowledge(first)->message.number, 1U);
    EXPECT_EQ(window.size(), 0U);
}

TEST(Window, CountsAnAcknowledgementOnce)
{
    Window window;
    const auto first = window.add(numbered(1));
    const auto second = window.add(numbered(2));
    window.acknowledge(second);

    EXPECT_FALSE(window.acknowledge(second));
    EXPECT_EQ(window.size(), 1U);
    EXPECT_TRUE(window.acknowledge(first));
    EXPECT_FALSE(window.acknowledge(first));
}

TEST(Window, GivesWhatIsLeftInOrderAndForgetsItsTickets)
{
    Window window;
    const auto first = window.add(numbered(1));
    const auto second = window.add(numbered(2));
    const auto third = window.add(numbered(3));
    window.acknowledge(second);

    const auto left = window.take_all();

    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0].message.number, 1U);
    EXPECT_EQ(left[1].message.number, 3U);
    const auto again = window.add(numbered(1));
    EXPECT_FALSE(window.acknowledge(first));
    EXPECT_FALSE(window.acknowledge(third));
    EXPECT_TRUE(window.acknowledge(again));
}
