#include "store/forgetting.hpp"

#include "store/sealed_file.hpp"
#include "store/store.hpp"
#include "store/tiers.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace tidegate::store {
namespace {

using std::chrono::days;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t noon = 1'764'000'000'000 / day_ms * day_ms + 12 * hour_ms;
constexpr std::uint64_t all_sent = 1'000'000;

// Ten days of two series, "kept" and "gone", a reading a second for fifty minutes of each.
struct ForgettingTest : testing::Test {
    ForgettingTest()
    {
        options.directory = directory.path() / "data";
        options.free_bytes = 0;
        auto opened = Store::open(options);
        EXPECT_TRUE(opened);
        store = std::move(*opened);
        for (const auto* topic : {"kept", "gone"}) store->series().add({0, topic, "", topic, "", ""});
        for (int day = 0; day < 10; ++day) append(day);
        gaps.emplace(options.directory);
        forget();
    }

    void append(int day)
    {
        std::vector<Reading> readings;
        for (int i = 0; i < 3000; ++i)
            for (const SeriesId id : {kept, gone})
                readings.push_back(
                    {id, noon + day * day_ms + i * 1000LL, static_cast<double>(i * 7919 % 1009) / 10, 0});
        Books books;
        books.read = books.stored_readings = readings.size();
        ASSERT_TRUE(store->append({std::move(readings), books, {}}, {}));
        ASSERT_TRUE(store->flush());
        ASSERT_TRUE(store->seal_all());
    }

    void forget() { forgetting.emplace(options.directory, store->series(), *gaps); }
    SeriesAges of_gone(int age, std::uint64_t fingerprint = 1) const
    {
        return {fingerprint, {days(age)}, [age](const Series& series) -> std::optional<days> {
                    if (series.topic != "gone") return std::nullopt;
                    return days(age);
                }};
    }
    // As often as there may be files.
    void steps(std::int64_t now, std::uint64_t sent = all_sent)
    {
        for (int i = 0; i < 50; ++i) {
            const auto done = forgetting->step(now, sent);
            EXPECT_TRUE(done) << (done ? "" : done.error().what);
        }
    }

    std::size_t count(SeriesId id, int day, std::size_t points = 100'000)
    {
        const auto from = noon + day * day_ms;
        auto found = store->history({{id}, from, from + hour_ms, points}, {});
        EXPECT_TRUE(found) << (found ? "" : found.error().what);
        const auto& series = found->series[0];
        std::uint64_t count = series.raw ? series.t.size() : 0;
        for (const auto one : series.count) count += one;
        return count;
    }
    std::filesystem::file_time_type written(int day) const
    {
        return std::filesystem::last_write_time(
            sealed_path(options.directory, Tier::readings, day_of(noon + day * day_ms)));
    }
    std::uintmax_t size(Tier tier, int day) const
    {
        const auto period = period_of(tier, day_of(noon + day * day_ms));
        return std::filesystem::file_size(sealed_path(options.directory, tier, period));
    }

    static constexpr SeriesId kept = 1, gone = 2;
    const std::int64_t today = noon + 9 * day_ms;
    tests::TempDir directory;
    StoreOptions options;
    std::unique_ptr<Store> store;
    std::optional<GapBook> gaps;
    std::optional<Forgetting> forgetting;
};

TEST_F(ForgettingTest, LetsGoOfASeriesThatIsOldEnoughInAllTiersAndKeepsTheOther)
{
    const auto before = size(Tier::readings, 3);
    forgetting->use(of_gone(5));
    steps(today);
    for (const std::size_t points : {100'000U, 100U, 2U}) {
        EXPECT_EQ(count(gone, 3, points), 0U) << points;
        EXPECT_EQ(count(gone, 4, points), 3000U) << "it is five days ago, not more";
        EXPECT_EQ(count(kept, 3, points), 3000U) << points;
    }
    EXPECT_LT(size(Tier::readings, 3), before * 3 / 4) << "the disk has less to hold";
    EXPECT_TRUE(store->check().value().empty());

    const auto said = gaps->newest({});
    ASSERT_TRUE(said);
    const auto readings = std::ranges::count_if(*said, [](auto& gap) { return gap.of == Tier::readings; });
    EXPECT_EQ(readings, 4);
    for (const auto& gap : *said) {
        EXPECT_EQ(gap.reason, "age");
        EXPECT_EQ(gap.resolution_ms, 0);
        EXPECT_EQ(count_of(gap, kept), 0U);
        EXPECT_TRUE(gap.of != Tier::readings || count_of(gap, gone) == 3000U);
    }
}

TEST_F(ForgettingTest, GoesThroughADayOnceAlsoOverARestart)
{
    forgetting->use(of_gone(5));
    steps(today);
    const auto said = gaps->newest({}).value().size();
    const auto first = written(3), later = written(4);
    forget();
    forgetting->use(of_gone(5));
    steps(today);
    EXPECT_EQ(written(3), first);
    steps(today + day_ms);
    EXPECT_EQ(written(3), first);
    EXPECT_NE(written(4), later) << "a day later its turn has come";
    EXPECT_EQ(count(gone, 4), 0U);
    EXPECT_GT(gaps->newest({}).value().size(), said);
}

TEST_F(ForgettingTest, GoesThroughAllOfHistoryWhenTheRulesHaveChanged)
{
    forgetting->use({1, {days(5)}, [](const Series&) { return std::optional<days>(); }});
    steps(today);
    EXPECT_EQ(count(gone, 3), 3000U);
    EXPECT_THAT(gaps->newest({}).value(), IsEmpty()) << "nothing was written for nothing";
    forgetting->use(of_gone(5, 2));
    steps(today);
    EXPECT_EQ(count(gone, 0), 0U);
    EXPECT_EQ(count(gone, 3), 0U);
}

TEST_F(ForgettingTest, WaitsForUpstreamsThatAreOwedTheReadings)
{
    forgetting->use(of_gone(5));
    steps(today, 6000 * 2);  // they have two days
    EXPECT_EQ(count(gone, 1), 0U);
    EXPECT_EQ(count(gone, 2), 3000U);
    steps(today);
    EXPECT_EQ(count(gone, 2), 0U);
    EXPECT_EQ(count(gone, 3), 0U);
}

TEST_F(ForgettingTest, LetsGoOfWhatComesLateForADayThatWasGoneThrough)
{
    forgetting->use(of_gone(5));
    steps(today);
    append(2);
    ASSERT_EQ(count(gone, 2), 3000U);
    forgetting->sealed(day_of(noon + 2 * day_ms));
    steps(today);
    EXPECT_EQ(count(gone, 2), 0U);
    EXPECT_EQ(count(kept, 2), 3000U);
}

TEST_F(ForgettingTest, TakesNoHarmFromWhatACrashLeft)
{
    const auto path = sealed_path(options.directory, Tier::readings, day_of(noon));
    std::ofstream(path.string() + ".new") << "half of a file";
    std::ofstream(path.string() + ".new-journal") << "and of its journal";
    forgetting->use(of_gone(5));
    steps(today);
    EXPECT_EQ(count(gone, 0), 0U);
    EXPECT_EQ(count(kept, 0), 3000U);
    EXPECT_FALSE(std::filesystem::exists(path.string() + ".new"));
}

TEST_F(ForgettingTest, TellsOfADamagedFileAndLeavesItAsItIs)
{
    const auto path = sealed_path(options.directory, Tier::readings, day_of(noon));
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        constexpr std::size_t page = 1024;
        file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) - page));
        file << std::string(page, 'x');
    }
    forgetting->use(of_gone(5));
    bool told = false;
    for (int i = 0; i < 5 && !told; ++i) {
        (void)forgetting->step(today, all_sent);
        told = forgetting->damaged_day() == day_of(noon);
    }
    EXPECT_TRUE(told);
}

TEST_F(ForgettingTest, IsAtWorkInTheStore)
{
    store.reset();
    options.clock.synchronised = [] { return true; };
    auto opened = Store::open(options);
    ASSERT_TRUE(opened);
    store = std::move(*opened);
    store->use(of_gone(5));  // by today's clock, all ten days are old
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (count(gone, 0) > 0 && std::chrono::steady_clock::now() < deadline)
        store->wait_newer(all_sent, {}, std::chrono::milliseconds(100));
    EXPECT_EQ(count(gone, 0), 0U);
    EXPECT_EQ(count(kept, 0), 3000U);
}

}  // namespace
}  // namespace tidegate::store
