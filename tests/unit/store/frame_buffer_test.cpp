#include "store/frame_buffer.hpp"

#include <gtest/gtest.h>

namespace tidegate::store {
namespace {

std::string head(char pages_after_commit)
{
    std::string bytes(24, 'h');
    bytes.replace(4, 4, std::string(3, '\0') + pages_after_commit);
    return bytes;
}

const std::string page(512, 'p');

TEST(FrameBuffer, GathersTheFramesOfATransactionUntilTheOneThatCommits)
{
    FrameBuffer frames;
    EXPECT_FALSE(frames.take(head(0), 32)) << "where the file ends is not known yet";
    frames.start_after(32);
    ASSERT_TRUE(frames.take(head(0), 32));
    EXPECT_FALSE(frames.is_due());
    ASSERT_TRUE(frames.take(page, 56));
    EXPECT_FALSE(frames.is_due());
    ASSERT_TRUE(frames.take(head(7), 568));
    EXPECT_FALSE(frames.is_due()) << "its page is to come";
    ASSERT_TRUE(frames.take(page, 592));
    EXPECT_TRUE(frames.is_due());
    EXPECT_EQ(frames.offset(), 32);
    EXPECT_EQ(frames.bytes(), head(0) + page + head(7) + page);

    frames.start_after(1104);
    EXPECT_TRUE(frames.empty());
    EXPECT_FALSE(frames.is_due());
    EXPECT_TRUE(frames.take(head(0), 1104)) << "the next transaction follows";
}

TEST(FrameBuffer, TakesNothingThatDoesNotFollow)
{
    FrameBuffer frames;
    frames.start_after(32);
    EXPECT_FALSE(frames.take(page, 32)) << "no head";
    EXPECT_FALSE(frames.take(head(0), 568)) << "a hole";
    ASSERT_TRUE(frames.take(head(0), 32));
    EXPECT_FALSE(frames.take(page, 32)) << "in the place of the head";
    EXPECT_EQ(frames.bytes(), head(0)) << "what was gathered is still to be written";
    frames.start_after(-1);
    EXPECT_FALSE(frames.take(head(0), 56)) << "after a write that failed";
}

TEST(FrameBuffer, IsDueBeforeItIsMoreThanOneWriteCanTake)
{
    FrameBuffer frames;
    frames.start_after(0);
    std::int64_t at = 0;
    while (!frames.is_due()) {
        for (const auto& piece : {head(0), page}) {
            ASSERT_TRUE(frames.take(piece, at));
            at += static_cast<std::int64_t>(piece.size());
        }
    }
    EXPECT_GE(frames.bytes().size(), 64U * 1024);
    EXPECT_LT(frames.bytes().size(), 66U * 1024);
}

}  // namespace
}  // namespace tidegate::store
