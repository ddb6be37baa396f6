#include "store/log.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

TEST(LogState, GivesBackRingAccountsAndCursors)
{
    LogState state;
    state.intake = {{0xfeed, 123'456'789}, {0xbeef, 77}};
    state.books.received = 10;
    state.books.rejected[2] = 3;
    state.books.suppressed[0] = 4;
    state.upstreams = {{"cloud", 1, 20, 15, {4, 0, 2}, 99}, {"archive", 0, 7, 7, {}, 0}};
    state.series = 300;

    state.written = 30'000'000'000'000 / 4096 * 4096;

    const auto back = LogState::decode(state.encode());

    ASSERT_TRUE(back);
    ASSERT_EQ(back->intake.size(), 2U);
    EXPECT_EQ(back->intake[0].ring, 0xfeedU);
    EXPECT_EQ(back->intake[0].tail, 123'456'789U);
    EXPECT_EQ(back->intake[1].ring, 0xbeefU);
    EXPECT_EQ(back->intake[1].tail, 77U);
    EXPECT_EQ(back->books, state.books);
    ASSERT_EQ(back->upstreams.size(), 2U);
    EXPECT_EQ(back->upstreams[0].name, "cloud");
    EXPECT_EQ(back->upstreams[0].started, 1U);
    EXPECT_EQ(back->upstreams[0].cursor, 20U);
    EXPECT_EQ(back->upstreams[0].delivered, 15U);
    EXPECT_EQ(back->upstreams[0].discarded, (Discards{4, 0, 2}));
    EXPECT_EQ(back->upstreams[0].gap, 99U);
    EXPECT_EQ(back->written, state.written);
    EXPECT_EQ(back->series, 300U);
}

TEST(LogState, NoticesDamage)
{
    auto bytes = LogState{}.encode();
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    EXPECT_FALSE(LogState::decode(bytes));
    EXPECT_FALSE(LogState::decode(""));
}

}  // namespace
}  // namespace tidegate::store
