#include "base/time_text.hpp"
#include "store/retention.hpp"
#include "store/sealed_file.hpp"
#include "store/sealed_group.hpp"
#include "store/store.hpp"
#include "store/tiers.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <numeric>

namespace tidegate::store {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t noon = 1'764'000'000'000 / day_ms * day_ms + 12 * hour_ms;

struct SealedHistory : testing::Test {
    SealedHistory()
    {
        options.directory = directory.path() / "data";
        options.free_bytes = 0;
        open();
    }

    void open()
    {
        store.reset();
        auto opened = Store::open(options);
        ASSERT_TRUE(opened) << opened.error().what;
        store = std::move(*opened);
    }

    SeriesId series(const std::string& topic)
    {
        if (const auto known = store->series().find(topic, "")) return *known;
        return store->series().add({0, topic, "", topic, "", ""});
    }

    void append(std::vector<Reading> readings)
    {
        Books books;
        books.read = books.stored_readings = readings.size();
        ASSERT_TRUE(store->append({std::move(readings), books, {}}, {}));
        ASSERT_TRUE(store->flush());
    }

    // A reading a second, each the second's number in tenths.
    void append_seconds(SeriesId id, std::int64_t from_ms, int count, int step = 1)
    {
        std::vector<Reading> readings;
        for (int i = 0; i < count; i += step) {
            const auto second = from_ms / 1000 % 86'400 + i;
            readings.push_back({id, from_ms + i * 1000LL, static_cast<double>(second) / 10, 0});
        }
        append(std::move(readings));
    }

    History history(std::vector<SeriesId> ids, std::int64_t from, std::int64_t to, std::size_t points)
    {
        auto found = store->history({std::move(ids), from, to, points}, {});
        EXPECT_TRUE(found) << (found ? "" : found.error().what);
        return found ? std::move(*found) : History{};
    }

    std::vector<Record> read_all(std::uint64_t cursor, std::map<std::uint64_t, std::size_t>& epochs)
    {
        std::vector<Record> all;
        auto reader = store->reader();
        EXPECT_TRUE(reader);
        for (;;) {
            auto records = (*reader)->read_after(cursor, 700);
            EXPECT_TRUE(records);
            if (!records || records->empty()) return all;
            epochs[(*reader)->epoch()] += records->size();
            cursor = records->back().seq;
            all.insert(all.end(), records->begin(), records->end());
        }
    }

    // Flips a bit of what a file has of a series, wherever that is.
    void spoil(Tier tier, std::int64_t time, SeriesId id) const
    {
        const auto path = sealed_path(options.directory, tier, period_of(tier, day_of(time)));
        auto database = Database::open(path, Access::read_write).value();
        auto rows = database.prepare("SELECT id, b FROM row").value();
        auto put = database.prepare("UPDATE row SET b = ? WHERE id = ?").value();
        std::size_t found = 0;
        while (rows.step().value()) {
            std::string blob(rows.blob(1));
            const auto group = read_group(rows.integer(0), blob).value();
            for (const auto& part : group.parts) {
                if (part.series != id) continue;
                ++found;
                blob[static_cast<std::size_t>(part.body.data() - blob.data()) + part.body.size() / 2] ^= 1;
            }
            put.bind_blob(1, blob);
            put.bind(2, rows.integer(0));
            ASSERT_TRUE(put.run());
        }
        ASSERT_GT(found, 0U);
    }

    bool has(Tier tier, std::int64_t time) const
    {
        return std::filesystem::exists(sealed_path(options.directory, tier, period_of(tier, day_of(time))));
    }

    tests::TempDir directory;
    StoreOptions options;
    std::unique_ptr<Store> store;
};

TEST_F(SealedHistory, GivesADayInMinutesThatAddUpWithTheReadings)
{
    const auto id = series("a");
    const auto start = noon - 12 * hour_ms;
    append_seconds(id, start, 86'400);
    ASSERT_TRUE(store->seal_all());
    const auto day = history({id}, start, start + day_ms, 1000);
    EXPECT_EQ(day.resolution_ms, 2 * minute_ms);
    const auto& one = day.series.at(0);
    ASSERT_EQ(one.t.size(), 720U);
    for (std::size_t i = 0; i < one.t.size(); ++i) {
        EXPECT_EQ(one.t[i], start + static_cast<std::int64_t>(i) * 2 * minute_ms);
        EXPECT_EQ(one.count[i], 120U);
        EXPECT_EQ(one.min[i], 12.0 * static_cast<double>(i));
        EXPECT_NEAR(one.max[i], 12.0 * static_cast<double>(i) + 11.9, 1e-9);
        EXPECT_NEAR(one.mean[i], 12.0 * static_cast<double>(i) + 5.95, 1e-9);
    }
}

TEST_F(SealedHistory, GivesTheSameAnswerFromTheHotTableFromBothAndFromTheFiles)
{
    const auto id = series("a");
    append_seconds(id, noon, 20'000);
    const auto hot = history({id}, noon, noon + 6 * hour_ms, 100);
    ASSERT_TRUE(store->seal_all());
    const auto sealed = history({id}, noon, noon + 6 * hour_ms, 100);
    EXPECT_EQ(hot.series[0].t, sealed.series[0].t);
    EXPECT_EQ(hot.series[0].count, sealed.series[0].count);
    EXPECT_EQ(hot.series[0].min, sealed.series[0].min);
    append_seconds(id, noon + 20'000'000, 100);
    const auto both = history({id}, noon, noon + 6 * hour_ms, 100);
    std::uint64_t count = 0;
    for (const auto one : both.series[0].count) count += one;
    EXPECT_EQ(count, 20'100U);
}

TEST_F(SealedHistory, GivesWeeksInHoursAndCountsLateReadingsInTheirHour)
{
    const auto id = series("a");
    const auto start = noon - 12 * hour_ms;
    for (int day = 0; day < 30; ++day) {
        append_seconds(id, start + day * day_ms, 86'400, 60);
        ASSERT_TRUE(store->seal_all());
    }
    append({{id, start + 5 * day_ms + 30'500, 1e6, 0}});  // weeks late
    ASSERT_TRUE(store->seal_all());
    const auto weeks = history({id}, start, start + 30 * day_ms, 1000);
    EXPECT_EQ(weeks.resolution_ms, hour_ms);
    const auto& one = weeks.series.at(0);
    ASSERT_EQ(one.t.size(), 720U);
    for (std::size_t i = 0; i < one.t.size(); ++i) {
        EXPECT_EQ(one.count[i], i == 120 ? 61U : 60U);
        EXPECT_EQ(one.max[i] == 1e6, i == 120);
    }
    EXPECT_EQ(history({id}, start + 5 * day_ms, start + 5 * day_ms + hour_ms, 1000).series[0].v.size(), 61U)
        << "one reading a minute and the late one";
}

TEST_F(SealedHistory, KeepsTheRhythmOfASlowSeriesBesideAFastOne)
{
    const auto fast = series("fast");
    const auto slow = series("slow");
    const auto start = noon - 12 * hour_ms;
    append_seconds(fast, start, 86'400);
    append_seconds(slow, start, 86'400, 900);
    ASSERT_TRUE(store->seal_all());
    const auto day = history({fast, slow}, start, start + day_ms, 1000);
    EXPECT_FALSE(day.series[0].raw);
    EXPECT_TRUE(day.series[1].raw) << "96 readings fit";
    EXPECT_EQ(day.series[1].v.size(), 96U);
}

TEST_F(SealedHistory, HasTheLatestValuesRightAfterAStart)
{
    const auto a = series("a");
    const auto b = series("b");
    append({{a, noon, 1.5, 0}, {b, noon - 40 * day_ms, std::string("old"), 0}});
    ASSERT_TRUE(store->seal_all());
    append({{a, noon + 1234, 2.5, 0}});
    ASSERT_TRUE(store->seal_all());
    open();
    EXPECT_EQ(store->live().get(a).value, Value(2.5));
    EXPECT_EQ(store->live().get(a).time_ms, noon + 1234);
    EXPECT_EQ(store->live().get(b).value, Value(std::string("old")));
}

TEST_F(SealedHistory, AnswersAHostileRangeWithoutAskingForEachDay)
{
    const auto id = series("a");
    append_seconds(id, noon, 100);
    ASSERT_TRUE(store->seal_all());
    append_seconds(id, noon + day_ms, 10);
    const auto all = history({id}, 0, std::int64_t{1} << 52U, 500);
    ASSERT_EQ(all.series.size(), 1U);
    std::uint64_t count = all.series[0].v.size();
    for (const auto one : all.series[0].count) count += one;
    EXPECT_EQ(count, 110U);
}

TEST_F(SealedHistory, SendsFromSealedFilesWhatTheLogHasDroppedEachReadingOnce)
{
    options.log_bytes = 50'000;
    open();
    const std::vector<SeriesId> ids{series("a"), series("b"), series("c")};
    const auto start = store->open_upstream("cloud").cursor;
    std::map<std::pair<SeriesId, std::int64_t>, int> owed;
    std::int64_t time = noon;
    for (int round = 0; round < 30; ++round) {
        std::vector<Reading> readings;
        for (int i = 0; i < 2000; ++i) {
            const auto id = ids[static_cast<std::size_t>(i) % 3];
            readings.push_back({id, ++time, 0.1 * i + 1e-9 * round, 0});
            ++owed[{id, time}];
        }
        append(readings);
        if (round % 3 == 0) {
            ASSERT_TRUE(store->seal_all());
        }
    }
    for (int i = 0; i < 30; ++i) {  // a round goes with each commit
        append({{ids[0], ++time, 1.0, 0}});
        ++owed[{ids[0], time}];
    }
    EXPECT_LT(store->state().log_bytes, 100'000U);

    for (const bool reopened : {false, true}) {
        if (reopened) open();
        ASSERT_TRUE(store->flush());
        auto left = owed;
        std::map<std::uint64_t, std::size_t> epochs;
        const auto all = read_all(start, epochs);
        EXPECT_EQ(epochs.size(), 2U) << "what is sent from sealed files has an epoch of its own";
        EXPECT_EQ(all.size(), 60'030U);
        std::map<SeriesId, std::int64_t> last;
        std::uint64_t seq = start;
        for (const auto& record : all) {
            EXPECT_EQ(record.seq, ++seq) << "no hole, no step back";
            const auto& reading = record.reading;
            --left[{reading.series, reading.time_ms}];
            EXPECT_LT(last[reading.series], reading.time_ms) << "in order within a series";
            last[reading.series] = reading.time_ms;
        }
        for (const auto& [key, count] : left) ASSERT_EQ(count, 0);
    }
}

TEST_F(SealedHistory, ReadsARoundOnFromWhereAnUpstreamStandsInIt)
{
    options.log_bytes = 20'000;
    open();
    const auto id = series("a");
    store->open_upstream("cloud");
    std::int64_t time = noon;
    const auto arrive = [&](int count) {
        std::vector<Reading> readings;
        for (int i = 0; i < count; ++i) readings.push_back({id, ++time, 0.37 * i, 0});
        append(readings);
    };
    arrive(1000);
    arrive(1000);
    store->acknowledge("cloud", 500, 500);
    ASSERT_TRUE(store->seal_all());
    for (int round = 0; round < 20; ++round) {
        arrive(2000);
        ASSERT_TRUE(store->seal_all());
    }
    for (int i = 0; i < 25; ++i) arrive(1);
    std::map<std::uint64_t, std::size_t> epochs;
    const auto all = read_all(500, epochs);
    ASSERT_EQ(all.size(), static_cast<std::size_t>(time - noon - 500));
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].seq, 501 + i);
        EXPECT_EQ(all[i].reading.time_ms, noon + 501 + static_cast<std::int64_t>(i));
    }
    const auto log_epoch = store->state().epoch;
    EXPECT_GE(epochs[log_epoch], 1500U) << "the round that it stands in comes from the log, as it was begun";
    EXPECT_GT(epochs.size(), 1U);
}

TEST_F(SealedHistory, SetsADamagedFileAsideOnceAndKeepsTheRest)
{
    const auto a = series("a");
    const auto b = series("b");
    append_seconds(a, noon, 1000);
    append_seconds(b, noon, 500);
    ASSERT_TRUE(store->seal_all());
    spoil(Tier::readings, noon, a);
    open();
    EXPECT_TRUE(history({a}, noon, noon + hour_ms, 2000).series[0].v.empty());
    EXPECT_EQ(history({b}, noon, noon + hour_ms, 2000).series[0].v.size(), 500U);
    EXPECT_EQ(store->state().damage.size(), 1U);
    const auto again = mend_day(options.directory, day_of(noon), store->series());
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->empty()) << "what was lost is known; the file is whole now: " << again->front();
}

TEST_F(SealedHistory, KeepsMinutesAndHoursWhoseReadingsAreThinnedWhenTheirFilesAreMended)
{
    const auto a = series("a");
    const auto b = series("b");
    append_seconds(a, noon, 3600);
    append_seconds(b, noon, 3600);
    ASSERT_TRUE(store->seal_all());
    std::filesystem::remove(sealed_path(options.directory, Tier::readings, day_of(noon)));
    append_seconds(b, noon + hour_ms, 600);
    ASSERT_TRUE(store->seal_all());
    for (const auto tier : {Tier::minutes, Tier::hours}) spoil(tier, noon, b);
    const auto mended = mend_day(options.directory, day_of(noon), store->series());
    ASSERT_TRUE(mended) << mended.error().what;
    EXPECT_EQ(mended->size(), 2U) << "the minutes and the hours";
    open();
    for (const std::size_t points : {180, 3}) {  // in minutes, and in hours
        const auto found = history({a, b}, noon, noon + 3 * hour_ms, points);
        const auto of_a =
            std::accumulate(found.series.at(0).count.begin(), found.series.at(0).count.end(), 0UL);
        const auto of_b =
            std::accumulate(found.series.at(1).count.begin(), found.series.at(1).count.end(), 0UL);
        EXPECT_EQ(of_a, 3600U) << points << ": nothing else tells of them any more";
        EXPECT_EQ(of_b, 600U) << points << ": made anew from the readings that are there";
    }
}

TEST_F(SealedHistory, SealsAndFindsReadingsAtTheEndsOfTime)
{
    const auto id = series("a");
    append({{id, 0, 1.0, 0}, {id, noon, 2.0, 0}, {id, latest_ms, 3.0, 0}});
    const auto hot = history({id}, 0, latest_ms + 1, 1000).series.at(0);
    EXPECT_EQ(hot.t, (std::vector<std::int64_t>{0, noon, latest_ms}));
    ASSERT_TRUE(store->seal_all());
    open();
    EXPECT_EQ(history({id}, 0, latest_ms + 1, 1000).series.at(0).t, hot.t);
    EXPECT_EQ(history({id}, latest_ms, latest_ms + 1, 10).series.at(0).t.size(), 1U);
}

TEST_F(SealedHistory, CountsWhatCannotBeSentAnyMoreAndSaysSo)
{
    options.log_bytes = 2000;
    open();
    const auto id = series("a");
    const auto start = store->open_upstream("cloud").cursor;
    for (int day = 0; day < 3; ++day) {
        append_seconds(id, noon + day * day_ms, 20'000);
        ASSERT_TRUE(store->seal_all());
    }
    for (int i = 0; i < 5; ++i) append_seconds(id, noon + 3 * day_ms + i * 1000LL, 1);
    const auto second_day = day_of(noon + day_ms);
    std::filesystem::remove(sealed_path(options.directory, Tier::readings, second_day));
    store->acknowledge("cloud", start + 20'000, 20'000);
    auto reader = store->reader();
    ASSERT_TRUE(reader);
    const auto records = (*reader)->read_after(start + 20'000, 100);
    ASSERT_TRUE(records);
    ASSERT_EQ(records->size(), 100U);
    EXPECT_EQ(records->front().seq, start + 40'001);
    store->acknowledge("cloud", records->back().seq, records->size());
    ASSERT_TRUE(store->flush());
    const auto books = store->state().upstreams.at(0);
    EXPECT_EQ(books.discarded, (Discards{0, 20'000, 0}));
    EXPECT_EQ(books.started + books.delivered + sum(books.discarded), books.cursor);
    append_seconds(id, noon + 4 * day_ms, 1);
    const auto gaps = store->gaps({});
    ASSERT_TRUE(gaps);
    ASSERT_EQ(gaps->size(), 1U);
    EXPECT_EQ(gaps->front().upstream, "cloud");
    EXPECT_EQ(gaps->front().count, 20'000U);
}

// Everything that an upstream gets, as a forwarder takes it: holes are given up before what follows them.
struct BackfillTest : SealedHistory {
    BackfillTest()
    {
        options.log_bytes = 2000;
        open();
        cursor = store->open_upstream("cloud").cursor;
        for (const auto* topic : {"a", "b", "c"}) ids.push_back(series(topic));
        for (int day = 0; day < 3; ++day) {  // the first stays in the log, for the upstream stands in it
            for (const auto id : ids) append_seconds(id, noon + day * day_ms, 1000);
            EXPECT_TRUE(store->seal_all());
        }
        for (int i = 0; i < 6; ++i) append_seconds(ids[0], noon + 3 * day_ms + i * 1000LL, 1);
    }

    void take(std::size_t most)
    {
        if (!reader) reader = std::move(*store->reader());
        ASSERT_TRUE(store->flush());
        while (most > 0) {
            auto records = reader->read_after(cursor, std::min<std::size_t>(most, 300));
            ASSERT_TRUE(records) << records.error().what;
            if (records->empty()) return;
            if (records->front().seq > cursor + 1) store->acknowledge("cloud", records->front().seq - 1, 0);
            for (const auto& record : *records) ++got[{record.reading.series, record.reading.time_ms}];
            cursor = records->back().seq;
            store->acknowledge("cloud", cursor, records->size());
            most -= records->size();
        }
    }

    std::size_t got_of(SeriesId id) const
    {
        std::size_t count = 0;
        for (const auto& [key, times] : got) {
            EXPECT_EQ(times, 1) << "each once";
            count += key.first == id ? 1 : 0;
        }
        return count;
    }

    void expect_books(const Discards& discarded)
    {
        ASSERT_TRUE(store->flush());
        const auto books = store->state().upstreams.at(0);
        EXPECT_EQ(books.discarded, discarded);
        EXPECT_EQ(books.delivered, got.size());
        EXPECT_EQ(books.started + books.delivered + sum(books.discarded), store->state().last_seq);
        std::uint64_t told = 0;
        for (const auto& gap : store->owed_gaps("cloud", 1000).value()) told += gap.count;
        EXPECT_EQ(told, sum(discarded)) << "every discard is a gap";
    }

    static constexpr std::int64_t second = noon + day_ms;
    std::vector<SeriesId> ids;
    std::uint64_t cursor = 0;
    std::unique_ptr<LogReader> reader;
    std::map<std::pair<SeriesId, std::int64_t>, int> got;
};

TEST_F(BackfillTest, MendsARowThatIsDamagedAndGoesOnWithTheRest)
{
    spoil(Tier::readings, second, ids[1]);
    take(10'000);
    EXPECT_EQ(got_of(ids[0]), 3006U);
    EXPECT_EQ(got_of(ids[1]), 2000U);
    EXPECT_EQ(got_of(ids[2]), 3000U) << "what is behind the damage is not lost";
    expect_books({0, 1000, 0});
    EXPECT_EQ(store->state().damage.size(), 1U) << "the file was set aside, and it is said";
    const auto told = store->owed_gaps("cloud", 10).value();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(count_of(told[0], ids[1]), 1000U) << "it is known which they were";
    const auto of_history = store->gaps({.series = {ids[1]}}).value().back();
    EXPECT_EQ(of_history.upstream, "");
    EXPECT_EQ(of_history.reason, "damage");
    EXPECT_EQ(of_history.from_ms, second);
    EXPECT_EQ(of_history.count, 1000U);
}

TEST_F(BackfillTest, GoesOnWhereItStandsWhenTheFileIsMendedUnderIt)
{
    take(5500);  // it is in the middle of the third series of the second day
    spoil(Tier::readings, second, ids[0]);
    EXPECT_TRUE(history({ids[0]}, second, second + hour_ms, 2000).series[0].v.empty())
        << "a query had it mended";
    take(10'000);
    EXPECT_EQ(got_of(ids[0]), 3006U);
    EXPECT_EQ(got_of(ids[1]), 3000U);
    EXPECT_EQ(got_of(ids[2]), 3000U);
    expect_books({0, 0, 0});
}

TEST_F(BackfillTest, MendsAFileOfWhichAPageIsGone)
{
    const auto path = sealed_path(options.directory, Tier::readings, day_of(second));
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file.write(std::string(4000, '\x5a').data(), 4000);  // the schema's page
    file.close();
    take(10'000);
    EXPECT_EQ(got_of(ids[2]), 2000U);
    EXPECT_EQ(got_of(ids[0]), 2006U);
    expect_books({0, 3000, 0});
    const auto said = store->gaps({}).value().back();
    EXPECT_EQ(said.upstream, "");
    EXPECT_EQ(said.count, 0U) << "how many it had, the file does not say any more";
    EXPECT_EQ(said.from_ms, second - 12 * hour_ms);
}

TEST_F(BackfillTest, SaysOfWhatRetentionThinnedBeforeItWasSentWhichReadingsTheyWere)
{
    take(3500);  // half of the first series of the second day
    const auto queued = store->state().last_seq - cursor;
    reader.reset();
    options.history_bytes = 1;
    open();
    ASSERT_TRUE(tests::wait_until([&] { return !has(Tier::readings, second + day_ms); }))
        << "the sealer keeps the bounds";
    take(10'000);
    expect_books({5500, 0, 0});
    EXPECT_EQ(got.size(), 3500U + queued - 5500U);
    std::map<SeriesId, std::uint64_t> lost;
    for (const auto& gap : store->owed_gaps("cloud", 1000).value()) {
        EXPECT_EQ(gap.reason, "bytes");
        EXPECT_EQ(gap.resolution_ms, minute_ms);
        for (const auto id : ids) lost[id] += count_of(gap, id);
    }
    EXPECT_EQ(lost[ids[0]], 1500U);
    EXPECT_EQ(lost[ids[1]], 2000U);
    EXPECT_EQ(lost[ids[2]], 2000U);
    std::uint64_t thinned = 0;
    for (const auto& total : store->state().given_up)
        if (total.of == Tier::readings) thinned += total.count;
    EXPECT_EQ(thinned, 9000U) << "of history, whether they were sent or not";
}

TEST_F(BackfillTest, TellsAnUpstreamOfEachGapOnceAlsoAfterARestart)
{
    std::filesystem::remove(sealed_path(options.directory, Tier::readings, day_of(second)));
    take(10'000);
    auto gaps = store->owed_gaps("cloud", 10).value();
    ASSERT_EQ(gaps.size(), 1U);
    reader.reset();
    ASSERT_TRUE(store->flush());
    open();
    EXPECT_EQ(store->owed_gaps("cloud", 10)->size(), 1U) << "it is not acknowledged";
    store->gaps_delivered("cloud", gaps[0].id);
    ASSERT_TRUE(store->flush());
    open();
    EXPECT_TRUE(store->owed_gaps("cloud", 10)->empty());
    EXPECT_EQ(store->gaps({})->size(), 1U) << "people can read it still";
}

TEST_F(BackfillTest, IsHeldInBytesUntilItIsSent)
{
    options.history_bytes = 10'000'000;
    open();
    ASSERT_TRUE(tests::wait_until([&] { return store->state().held_bytes > 10'000; }));
    const auto before = store->state();
    const auto month = sealed_path(options.directory, Tier::hours, month_of(day_of(noon)));
    const auto hours = std::filesystem::file_size(month);
    EXPECT_LE(before.held_bytes_most, 10'000'000U + 2000U);
    EXPECT_GT(before.held_bytes_most, 9'000'000U) << "minutes and hours of these days have their part";
    EXPECT_LT(before.held_bytes, before.history_bytes);
    EXPECT_DOUBLE_EQ(before.bytes_a_reading, static_cast<double>(before.history_bytes - hours) / 9000)
        << "with the minutes beside them";
    reader.reset();
    take(6000);
    const auto half = store->state();
    EXPECT_NEAR(static_cast<double>(half.held_bytes), static_cast<double>(before.held_bytes) / 3,
                static_cast<double>(before.held_bytes) / 10);
    take(10'000);
    ASSERT_TRUE(store->flush());
    EXPECT_EQ(store->state().held_bytes, 0U);
}

struct RetentionTest : SealedHistory {
    RetentionTest()
    {
        for (int day = 0; day < 10; ++day) {
            append_seconds(series("fast"), noon + day * day_ms, 3000);
            append_seconds(series("slow"), noon + day * day_ms, 3000, 300);
            EXPECT_TRUE(store->seal_all());
        }
        gaps.emplace(options.directory);
    }

    std::uint64_t keep(std::uint64_t bytes, std::uint64_t sent, std::int64_t now, bool clock = true)
    {
        options.history_bytes = bytes;
        Retention retention(options, *gaps);
        auto kept = retention.keep_bounds(now, clock, sent);
        EXPECT_TRUE(kept) << (kept ? "" : kept.error().what);
        return kept ? *kept : 0;
    }

    static constexpr std::uint64_t all_sent = 1'000'000;
    const std::int64_t today = noon + 9 * day_ms;
    std::optional<GapBook> gaps;
};

TEST_F(RetentionTest, ThinsTheOldestReadingsToMinutesAndSaysWhich)
{
    const auto full = keep(1ULL << 40U, all_sent, today);
    const auto kept = keep(full - 4'000, all_sent, today);
    EXPECT_LT(kept, full);
    EXPECT_FALSE(has(Tier::readings, noon));
    EXPECT_TRUE(has(Tier::minutes, noon));
    EXPECT_TRUE(has(Tier::readings, noon + 3 * day_ms));
    const auto slow = series("slow");
    const auto thinned = history({slow}, noon, noon + hour_ms, 1000);
    EXPECT_EQ(thinned.series[0].v.size(), 10U) << "a slow series keeps its readings";
    const auto fast = history({series("fast")}, noon, noon + hour_ms, 1000).series[0];
    EXPECT_FALSE(fast.raw);
    EXPECT_EQ(fast.t.size(), 50U);
    EXPECT_EQ(fast.count[0], 60U);

    const auto said = gaps->newest({});
    ASSERT_TRUE(said);
    ASSERT_GE(said->size(), 1U);
    const auto& oldest = said->back();
    EXPECT_EQ(oldest.of, Tier::readings);
    EXPECT_EQ(oldest.resolution_ms, minute_ms);
    EXPECT_EQ(count_of(oldest, series("fast")), 3000U);
    EXPECT_EQ(count_of(oldest, slow), 10U);
    EXPECT_EQ(oldest.reason, "bytes");
    EXPECT_EQ(oldest.count, 3010U);
    EXPECT_EQ(oldest.from_ms, noon);
    EXPECT_EQ(oldest.to_ms, noon + 2'999'000);
}

TEST_F(RetentionTest, ThinsBeforeItDropsAndNeverTouchesToday)
{
    keep(1, all_sent, today);
    EXPECT_TRUE(has(Tier::readings, today)) << "today stays whatever the bound";
    EXPECT_TRUE(has(Tier::minutes, today));
    for (int day = 0; day < 9; ++day) {
        EXPECT_FALSE(has(Tier::readings, noon + day * day_ms));
        EXPECT_FALSE(has(Tier::minutes, noon + day * day_ms));
    }
    EXPECT_TRUE(has(Tier::hours, today));
    const auto said = gaps->newest({});
    ASSERT_TRUE(said);
    const auto dropped =
        std::find_if(said->rbegin(), said->rend(), [](auto& gap) { return gap.of == Tier::minutes; });
    const auto thinned =
        std::count_if(said->rbegin(), dropped, [](auto& gap) { return gap.of == Tier::readings; });
    EXPECT_EQ(thinned, 9) << "all readings are thinned before the first minutes go";
}

TEST_F(RetentionTest, SaysWhichDayIsToBeMendedBeforeItCanBeThinned)
{
    spoil(Tier::readings, noon, series("slow"));
    Retention retention(options, *gaps);
    options.history_bytes = 1;
    EXPECT_FALSE(retention.keep_bounds(today, true, all_sent));
    EXPECT_EQ(retention.take_damaged(), day_of(noon));
    EXPECT_EQ(retention.take_damaged(), std::nullopt);
    EXPECT_TRUE(has(Tier::readings, noon));
    ASSERT_TRUE(mend_day(options.directory, day_of(noon), store->series()));
    EXPECT_TRUE(retention.keep_bounds(today, true, all_sent));
    EXPECT_FALSE(has(Tier::readings, noon));
}

TEST_F(RetentionTest, TakesWhatIsSentBeforeWhatIsNot)
{
    const auto full = keep(1ULL << 40U, 0, today);
    keep(full - 4'000, 3 * 3010, today);
    EXPECT_FALSE(has(Tier::readings, noon));
    EXPECT_TRUE(has(Tier::readings, noon + 3 * day_ms));
    keep(1, 3 * 3010, today);
    const auto said = gaps->newest({});
    ASSERT_TRUE(said);
    const auto unsent = std::find_if(said->rbegin(), said->rend(), [](auto& gap) {
        return gap.of == Tier::readings && gap.from_ms == noon + 3 * day_ms;
    });
    ASSERT_NE(unsent, said->rend());
    const auto minutes_before =
        std::count_if(said->rbegin(), unsent, [](auto& gap) { return gap.of == Tier::minutes; });
    EXPECT_EQ(minutes_before, 3) << "local minutes go before readings that an upstream is owed";
}

TEST_F(RetentionTest, DropsByAgeOnlyWhileTheClockIsRight)
{
    options.history_age = std::chrono::days(5);
    const auto far = noon + 1000 * day_ms;
    keep(1ULL << 40U, all_sent, far, false);
    EXPECT_TRUE(has(Tier::readings, noon)) << "a clock that jumped wipes nothing";
    keep(1ULL << 40U, all_sent, today, true);
    EXPECT_FALSE(has(Tier::readings, noon));
    EXPECT_FALSE(has(Tier::minutes, noon + 3 * day_ms));
    EXPECT_TRUE(has(Tier::readings, noon + 4 * day_ms));
    EXPECT_TRUE(has(Tier::hours, noon)) << "its month is not old enough as a whole";
}

TEST_F(RetentionTest, ShowsWhatComesLateBesideWhatIsThinnedOfItsDay)
{
    const auto fast = series("fast");
    for (auto bytes = keep(1ULL << 40U, all_sent, today); has(Tier::minutes, noon);)
        bytes = keep(bytes - 1, all_sent, today);
    ASSERT_TRUE(has(Tier::hours, noon));
    append_seconds(fast, noon + 2 * hour_ms, 3000);
    ASSERT_TRUE(store->seal_all());
    ASSERT_TRUE(has(Tier::readings, noon));
    for (const std::size_t points : {100'000U, 100U}) {
        const auto day = history({fast}, noon, noon + 3 * hour_ms, points).series[0];
        std::uint64_t count = day.raw ? day.t.size() : 0;
        for (const auto one : day.count) count += one;
        EXPECT_EQ(count, 6000U) << points << " points";
    }
}

TEST_F(RetentionTest, DoesNotBringBackFromTheLogWhatIsThinned)
{
    const auto fast = series("fast");
    const auto start = store->open_upstream("cloud").cursor;
    append_seconds(fast, noon + 20 * day_ms, 3000);
    append_seconds(fast, noon + 21 * day_ms, 1);
    ASSERT_TRUE(store->seal_all());
    const auto now = noon + 21 * day_ms;
    for (auto bytes = keep(1ULL << 40U, all_sent, now); has(Tier::readings, noon + 20 * day_ms);)
        bytes = keep(bytes - 1, all_sent, now);
    open();
    ASSERT_TRUE(store->seal_all());
    EXPECT_FALSE(has(Tier::readings, noon + 20 * day_ms)) << "it was sealed once more";
    EXPECT_EQ(store->open_upstream("cloud").cursor, start) << "the log still has it";
    const auto day = history({fast}, noon + 20 * day_ms, noon + 21 * day_ms, 10).series[0];
    std::uint64_t count = 0;
    for (const auto one : day.count) count += one;
    EXPECT_EQ(count, 3000U);
}

TEST_F(RetentionTest, MakesRoomWhenTheDiskIsNearlyFull)
{
    options.free_bytes = std::numeric_limits<std::uint64_t>::max();
    keep(1ULL << 40U, all_sent, today);
    EXPECT_FALSE(has(Tier::readings, noon));
    const auto said = gaps->newest({});
    ASSERT_TRUE(said);
    EXPECT_EQ(said->front().reason, "disk");
}

}  // namespace
}  // namespace tidegate::store
