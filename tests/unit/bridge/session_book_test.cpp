#include "bridge/session_book.hpp"

#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace tidegate::bridge {
namespace {

using Filters = std::vector<std::string>;

struct SessionBookTest : testing::Test {
    tests::TempDir dir;
    std::filesystem::path file = dir / "sessions.json";
};

TEST_F(SessionBookTest, KnowsAfterARestartWhatWasSubscribedInEachSession)
{
    {
        SessionBook book(file);
        ASSERT_TRUE(book.remember("gateway at mqtt://a", {"a/#", "b/\"c\\"}));
        ASSERT_TRUE(book.remember("gateway at mqtt://b", {"#"}));
        ASSERT_TRUE(book.remember("gateway at mqtt://b", {"b/#"}));
    }
    const SessionBook book(file);
    EXPECT_EQ(book.filters("gateway at mqtt://a"), (Filters{"a/#", "b/\"c\\"}));
    EXPECT_EQ(book.filters("gateway at mqtt://b"), Filters{"b/#"});
    EXPECT_EQ(book.filters("other at mqtt://a"), Filters{});
}

TEST_F(SessionBookTest, WritesOnlyWhatChanged)
{
    SessionBook book(file);
    ASSERT_TRUE(book.remember("s", {"a"}));
    std::filesystem::remove(file);

    ASSERT_TRUE(book.remember("s", {"a"}));
    EXPECT_FALSE(std::filesystem::exists(file));
    ASSERT_TRUE(book.remember("s", {"b"}));
    EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(SessionBookTest, TakesADamagedFileForNone)
{
    const tests::QuietLog quiet;
    for (const auto* text : {"", "{", "[1]", R"({"s":[1]})", R"({"s":"a"})"}) {
        std::ofstream(file, std::ios::trunc) << text;
        SessionBook book(file);
        EXPECT_EQ(book.filters("s"), Filters{}) << text;
        ASSERT_TRUE(book.remember("s", {"a"})) << text;
        EXPECT_EQ(SessionBook(file).filters("s"), Filters{"a"}) << text;
    }
}

TEST_F(SessionBookTest, SaysWhenItCannotBeWritten)
{
    SessionBook book(dir / "not there" / "sessions.json");
    const auto done = book.remember("s", {"a"});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(book.filters("s"), Filters{"a"});

    std::filesystem::create_directory(dir / "not there");
    ASSERT_TRUE(book.remember("s", {"a"}));
    EXPECT_EQ(SessionBook(dir / "not there" / "sessions.json").filters("s"), Filters{"a"});
}

}  // namespace
}  // namespace tidegate::bridge
