#include "store/dead_letters.hpp"

#include "support/damage_file.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>

namespace tidegate::store {
namespace {

constexpr std::uint64_t epoch = 0xfedc'ba98'7654'3210;

DeadLetter letter(std::uint64_t seq, Value value = 1.5, const std::string& upstream = "cloud")
{
    return {0,
            upstream,
            epoch,
            {seq, {7, 1'764'000'000'000, std::move(value), flag::retained}},
            "not that one",
            1'764'000'000'999,
            false};
}

struct DeadLettersTest : testing::Test {
    void open() { letters.emplace(dir.path()); }
    std::vector<std::uint64_t> seqs(const std::string& upstream = "cloud")
    {
        std::vector<std::uint64_t> out;
        for (const auto& one : letters->list(upstream, 0, 100'000).value()) out.push_back(one.record.seq);
        return out;
    }
    static std::ptrdiff_t files_in(const std::filesystem::path& folder)
    {
        return std::distance(std::filesystem::directory_iterator(folder), {});
    }

    tests::TempDir dir;
    std::optional<DeadLetters> letters{std::in_place, dir.path()};
};

TEST_F(DeadLettersTest, AreAddedManyAtATimeAsOneByOne)
{
    ASSERT_TRUE(letters->add(letter(2)));
    const std::vector<DeadLetter> more{letter(1), letter(2, 3.5), letter(3)};

    ASSERT_TRUE(letters->add(more));
    ASSERT_TRUE(letters->add(std::span<const DeadLetter>()));

    open();
    EXPECT_EQ(seqs(), (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(letters->count("cloud"), 3);
    EXPECT_EQ(std::get<double>(letters->list("cloud", 0, 10).value()[1].record.reading.value), 3.5);
}

TEST_F(DeadLettersTest, AreThereAfterARestartAsTheyWere)
{
    const std::vector<Value> values{true, std::numeric_limits<std::int64_t>::min(), 0.1 + 0.2,
                                    std::string("a\0b", 3), std::numeric_limits<double>::quiet_NaN()};
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_TRUE(letters->add(letter(i + 1, values[i])));

    open();

    const auto found = letters->list("cloud", 0, 10).value();
    ASSERT_EQ(found.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto& [seq, reading] = found[i].record;
        EXPECT_EQ(seq, i + 1);
        EXPECT_EQ((Point{0, reading.value, 0}), (Point{0, values[i], 0}));
        EXPECT_EQ(reading.series, 7);
        EXPECT_EQ(reading.time_ms, 1'764'000'000'000);
        EXPECT_EQ(reading.flags, flag::retained);
    }
    EXPECT_EQ(found[0].epoch, epoch);
    EXPECT_EQ(found[0].why, "not that one");
    EXPECT_EQ(found[0].at_ms, 1'764'000'000'999);
    EXPECT_EQ(letters->count("cloud"), values.size());
}

TEST_F(DeadLettersTest, AreKeptApartByUpstreamAndPagedThrough)
{
    for (std::uint64_t seq = 1; seq <= 5; ++seq) ASSERT_TRUE(letters->add(letter(seq)));
    ASSERT_TRUE(letters->add(letter(9, 1.5, "other")));

    const auto first = letters->list("cloud", 0, 3).value();
    ASSERT_EQ(first.size(), 3);
    const auto second = letters->list("cloud", first.back().id, 3).value();
    ASSERT_EQ(second.size(), 2);
    EXPECT_EQ(second.back().record.seq, 5);
    EXPECT_EQ(seqs("other"), std::vector<std::uint64_t>{9});
    EXPECT_EQ(letters->count("nobody"), 0);
}

TEST_F(DeadLettersTest, AreOneWhenTheSameReadingIsRefusedTwice)
{
    ASSERT_TRUE(letters->add(letter(1)));
    ASSERT_TRUE(letters->send_again("cloud"));
    auto again = letter(1);
    again.why = "still not";
    ASSERT_TRUE(letters->add(again));

    const auto found = letters->list("cloud", 0, 10).value();
    ASSERT_EQ(found.size(), 1);
    EXPECT_EQ(found[0].why, "still not");
    EXPECT_FALSE(found[0].again);
    EXPECT_TRUE(letters->next_to_send("cloud").value().empty());
}

TEST_F(DeadLettersTest, AreSentAgainOnlyWhenAskedForAndGoOnceTheyAreTaken)
{
    for (std::uint64_t seq = 1; seq <= 2; ++seq) ASSERT_TRUE(letters->add(letter(seq)));
    EXPECT_TRUE(letters->next_to_send("cloud").value().empty());

    EXPECT_EQ(letters->send_again("cloud").value(), 2);
    open();  // the wish outlives a restart

    const auto next = letters->next_to_send("cloud").value();
    ASSERT_EQ(next.size(), 1);
    EXPECT_EQ(next[0].record.seq, 1);
    ASSERT_TRUE(letters->remove(next[0]));
    EXPECT_EQ(letters->next_to_send("cloud").value().at(0).record.seq, 2);
    EXPECT_EQ(letters->count("cloud"), 1);
}

TEST_F(DeadLettersTest, AreBoundedAndTheOldestGo)
{
    ASSERT_TRUE(letters->add(letter(1, 1.5, "other")));
    // Filled by hand: 10,000 commits take too long here.
    {
        auto database = Database::open(dir / "dead.db", Access::read_write).value();
        ASSERT_TRUE(database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO "
            "dead(upstream, epoch, seq, series, time_ms, flags, kind, number, text, why, at_ms, again) "
            "SELECT "
            "'cloud', 1, i, 7, 0, 0, 1, i, x'', '', 0, 0 FROM n"));
    }
    open();
    ASSERT_EQ(letters->count("cloud"), DeadLetters::most);

    ASSERT_TRUE(letters->add(letter(20'000)));

    EXPECT_EQ(letters->count("cloud"), DeadLetters::most);
    EXPECT_EQ(seqs().front(), 2);
    EXPECT_EQ(seqs().back(), 20'000);
}

TEST_F(DeadLettersTest, AreBegunAnewWhenTheirFileIsNone)
{
    std::ofstream(dir / "dead.db", std::ios::trunc) << std::string(8192, 'x');
    open();

    EXPECT_EQ(letters->count("cloud"), 0);
    EXPECT_TRUE(letters->add(letter(1)));
    EXPECT_EQ(files_in(dir / "quarantine"), 1);
}

TEST_F(DeadLettersTest, AreKeptAsFarAsADamagedFileCanBeRead)
{
    const std::string text(300, 't');
    for (std::uint64_t seq = 1; seq <= 100; ++seq) ASSERT_TRUE(letters->add(letter(seq, text)));
    letters.reset();
    auto bytes = tests::read_bytes(dir / "dead.db");
    const auto page = bytes.rfind(text) / 4096;  // of the table, not its root
    ASSERT_GT(page, 0);
    bytes.replace(page * 4096, 4096, std::string(4096, 'x'));
    tests::write_bytes(dir / "dead.db", bytes);

    open();

    const auto left = seqs();
    EXPECT_GT(left.size(), 80);
    EXPECT_LT(left.size(), 100);
    EXPECT_EQ(letters->count("cloud"), left.size());
    EXPECT_TRUE(letters->add(letter(101)));
    EXPECT_EQ(seqs().back(), 101);
    EXPECT_EQ(files_in(dir / "quarantine"), 1);
}

TEST_F(DeadLettersTest, AreKeptLaterWhereTheirFileCannotBeMadeNow)
{
    std::filesystem::create_directory(dir / "dead.db");
    open();
    EXPECT_FALSE(letters->add(letter(1)));
    EXPECT_FALSE(letters->list("cloud", 0, 10));

    std::filesystem::remove(dir / "dead.db");
    EXPECT_TRUE(letters->add(letter(1)));
    EXPECT_EQ(letters->count("cloud"), 1);
}

}  // namespace
}  // namespace tidegate::store
