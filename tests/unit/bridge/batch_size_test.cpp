#include "bridge/batch_size.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace tidegate::bridge {
namespace {

using Then = BatchSize::Then;

// An upstream that refuses every batch with one of `poison` in it, and every batch larger than `most`.
struct Upstream {
    std::set<int> poison{};
    int most = 1'000'000;

    int tries = 0;
    std::vector<int> taken{};
    std::vector<int> given_up{};

    void drain(BatchSize& size, int records)
    {
        for (int next = 0; next < records;) {
            const auto count = std::min(static_cast<int>(size.limit()), records - next);
            const auto bad = poison.lower_bound(next);
            ++tries;
            if (count <= most && (bad == poison.end() || *bad >= next + count)) {
                for (const int end = next + count; next < end; ++next) taken.push_back(next);
                size.delivered();
                continue;
            }
            const auto then = size.refused(static_cast<std::size_t>(count));
            if (then == Then::give_up) given_up.push_back(next++);
            if (then == Then::hold) return;
        }
    }
};

TEST(BatchSize, FindsTheOneRecordThatIsRefused)
{
    BatchSize size(500);
    Upstream upstream{.poison = {300}};

    upstream.drain(size, 1000);

    EXPECT_EQ(upstream.given_up, std::vector{300});
    EXPECT_EQ(upstream.taken.size(), 999);
    EXPECT_LE(upstream.tries, 40);
}

TEST(BatchSize, FindsSeveral)
{
    BatchSize size(500);
    Upstream upstream{.poison = {0, 1, 499, 500, 777, 999}};

    upstream.drain(size, 1000);

    EXPECT_EQ(upstream.given_up, (std::vector{0, 1, 499, 500, 777, 999}));
    EXPECT_EQ(upstream.taken.size(), 994);
}

TEST(BatchSize, GivesUpNothingWhenTheBatchWasOnlyTooLarge)
{
    BatchSize size(500);
    Upstream upstream{.poison = {}, .most = 130};

    upstream.drain(size, 10'000);

    EXPECT_TRUE(upstream.given_up.empty());
    EXPECT_EQ(upstream.taken.size(), 10'000);
    EXPECT_LE(upstream.tries, 10'000 / 125 + 5) << "it goes on asking for what was refused";
}

TEST(BatchSize, TriesALargerBatchAgainAfterAWhile)
{
    BatchSize size(500);
    size.refused(500);
    EXPECT_EQ(size.limit(), 250);

    for (int i = 0; i < BatchSize::for_a_while; ++i) size.delivered();

    EXPECT_EQ(size.limit(), 500);
}

TEST(BatchSize, TriesLargerOnesAgainWhenRecordsWereRefusedByNameWhichIsNoDelivery)
{
    BatchSize size(500);
    while (size.limit() > 1) size.refused(size.limit());
    for (int i = 0; i < BatchSize::most_in_a_row; ++i) ASSERT_EQ(size.refused(1), Then::give_up);

    for (int i = 0; i < 10; ++i) size.fitted();

    EXPECT_EQ(size.limit(), 500);
    EXPECT_EQ(size.refused(1), Then::hold) << "nothing was delivered between them";
}

TEST(BatchSize, DoesNotEmptyTheLogIntoAnUpstreamThatRefusesEverything)
{
    BatchSize size(500);
    Upstream upstream{.poison = {}, .most = 0};

    upstream.drain(size, 10'000);

    EXPECT_EQ(upstream.given_up.size(), BatchSize::most_in_a_row);
    EXPECT_EQ(size.refused(1), Then::give_up)
        << "one after each long wait, so that a long row of them passes in time";
    EXPECT_EQ(size.refused(1), Then::hold);
}

}  // namespace
}  // namespace tidegate::bridge
