#include "store/bytes.hpp"
#include "store/checksum.hpp"
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
    state.books.summarised = 5;
    state.books.derived = 6;
    state.upstreams = {{"cloud", 1, 20, 15, {4, 0, 2}, 99}, {"archive", 0, 7, 7, {}, 0}};
    state.series = 300;
    state.upstreams[0].ahead = {{30, 40}, {50, 50}};
    state.upstreams[0].spent = {490'000, 1'000'000'000'000, 20'000, 7};

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
    EXPECT_EQ(back->upstreams[0].ahead, state.upstreams[0].ahead);
    EXPECT_EQ(back->upstreams[0].spent, state.upstreams[0].spent);
    EXPECT_TRUE(back->upstreams[1].ahead.empty());
    EXPECT_EQ(back->upstreams[1].spent, Spent{});
    EXPECT_EQ(back->written, state.written);
    EXPECT_EQ(back->series, 300U);
}

TEST(LogState, ReadsOneOfVersion3WhichHadOneLane)
{
    ByteWriter out;
    out.byte(3);
    out.byte(0);
    for (int i = 0; i < 4; ++i) out.varint(0);  // received, stored messages, read, stored readings
    out.varint(0);                              // no reasons to reject
    out.varint(0);                              // nor to suppress
    out.varint(2);
    for (const auto* name : {"cloud", "archive"}) {
        out.text(name);
        for (const std::uint64_t value : {1, 20, 15, 9}) out.varint(value);
        out.varint(1);
        out.varint(4);
    }
    out.varint(5);
    out.varint(300);
    const auto bytes = out.take();
    ByteWriter checked;
    checked.fixed(crc32c(bytes));
    checked.append(bytes);

    const auto back = LogState::decode(checked.take());

    ASSERT_TRUE(back);
    ASSERT_EQ(back->upstreams.size(), 2U);
    EXPECT_EQ(back->upstreams[1].name, "archive");
    EXPECT_EQ(back->upstreams[1].cursor, 20U);
    EXPECT_EQ(back->upstreams[1].discarded, (Discards{4}));
    EXPECT_TRUE(back->upstreams[1].ahead.empty());
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
