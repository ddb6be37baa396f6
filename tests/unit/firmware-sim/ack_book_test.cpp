#include "firmware-sim/ack_book.hpp"

#include <gtest/gtest.h>

using tidegate::sim::AckBook;

TEST(AckBook, CountsWhatIsAcknowledgedInOrder)
{
    AckBook book;
    for (const std::uint64_t number : {1, 2, 3}) book.acknowledge(1, number);
    book.acknowledge(7, 1);

    EXPECT_EQ(book.text(), "1 3\n7 1\n");
}

TEST(AckBook, NamesWhatLiesBeyondAGapAndClosesTheGapLater)
{
    AckBook book;
    for (const std::uint64_t number : {1, 4, 3}) book.acknowledge(1, number);
    EXPECT_EQ(book.text(), "1 1 3 4\n");

    book.acknowledge(1, 2);
    EXPECT_EQ(book.text(), "1 4\n");
}

TEST(AckBook, TakesASecondAcknowledgementOfTheSameForNothing)
{
    AckBook book;
    for (const std::uint64_t number : {1, 2, 1, 2, 2}) book.acknowledge(3, number);

    EXPECT_EQ(book.text(), "3 2\n");
}
