#include "gateway/rules/state_log.hpp"

#include "support/damage_file.hpp"
#include "support/quiet_log.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>
#include <random>

namespace tidegate::gateway {
namespace {

constexpr std::uint64_t ring = 11, other_ring = 22;

using States = std::map<std::pair<std::uint32_t, std::uint32_t>, std::string>;

// What a start finds: the log beside a store that has committed so far.
struct StateLogTest : testing::Test {
    void open(std::vector<std::uint64_t> rings = {ring, other_ring})
    {
        log.reset();
        const std::filesystem::path place = directory / "run";
        log.emplace(StateLogOptions{place, std::move(rings), [this] { return committed; }, bytes,
                                    directory / "kept"});
    }

    // Takes the runtime directory, and the rings: there are others afterwards.
    void reboot()
    {
        log.reset();
        std::filesystem::remove_all(directory / "run");
        open({33});
    }

    void put(std::uint32_t series, const std::string& value)
    {
        log->put({StateKind::window, series, 60}, value);
    }

    void seal(std::uint64_t tail) { log->seal({ring, tail}); }

    States states() const
    {
        States found;
        log->each(StateKind::window, [&](const StateKey& key, std::string_view value) {
            found[{key.series, key.extra}] = value;
        });
        return found;
    }

    std::vector<std::filesystem::path> files() const
    {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(directory / "run"))
            found.push_back(entry.path());
        std::ranges::sort(found);
        return found;
    }

    tests::QuietLog quiet;
    tests::TempDir directory;
    store::IntakePositions committed;
    std::size_t bytes = 1 << 20;
    std::optional<StateLog> log;
};

TEST_F(StateLogTest, IsEmptyAtTheFirstStart)
{
    open();
    EXPECT_TRUE(log->lost());
    EXPECT_EQ(states(), States{});
}

TEST_F(StateLogTest, GivesBackWhatWasSealedUpToTheCommittedPlace)
{
    open();
    put(1, "a");
    put(2, "b");
    seal(100);
    put(1, "c");
    log->erase({StateKind::window, 2, 60});
    seal(200);
    put(1, "never sealed");

    committed = {{ring, 200}};
    open();
    EXPECT_FALSE(log->lost());
    EXPECT_EQ(states(), (States{{{1, 60}, "c"}}));
}

TEST_F(StateLogTest, ForgetsWhatTheStoreHasNotCommittedBecauseItComesAgain)
{
    open();
    put(1, "a");
    put(2, "b");
    seal(100);
    put(1, "c");
    log->erase({StateKind::window, 2, 60});
    seal(200);

    committed = {{ring, 100}};
    open();
    EXPECT_FALSE(log->lost());
    EXPECT_EQ(states(), (States{{{1, 60}, "a"}, {{2, 60}, "b"}}));
    put(1, "again");
    seal(200);
    committed = {{ring, 200}};
    open();
    EXPECT_EQ(states(), (States{{{1, 60}, "again"}, {{2, 60}, "b"}}));
}

TEST_F(StateLogTest, IsLostAgainUntilSomethingIsSealed)
{
    committed = {{ring, 100}};
    for (int start = 0; start < 3; ++start) {
        open();
        EXPECT_TRUE(log->lost()) << "who begins anew may be killed before it is done";
        put(1, "found in the store");
    }
    seal(200);
    open();
    EXPECT_TRUE(log->lost()) << "that batch was not committed";
    put(1, "found in the store");
    seal(200);
    committed = {{ring, 200}};
    open();
    EXPECT_FALSE(log->lost());
    EXPECT_EQ(states(), (States{{{1, 60}, "found in the store"}}));
}

TEST_F(StateLogTest, KeepsSeveralKindsAndKeysApart)
{
    open();
    log->put({StateKind::window, 1, 60}, "minute");
    log->put({StateKind::window, 1, 3600}, "hour");
    log->put({StateKind::alarm, 1, 60}, "alarm");
    seal(1);
    committed = {{ring, 1}};
    open();
    EXPECT_EQ(states(), (States{{{1, 60}, "minute"}, {{1, 3600}, "hour"}}));
    std::string alarm;
    log->each(StateKind::alarm, [&](const StateKey&, std::string_view value) { alarm = value; });
    EXPECT_EQ(alarm, "alarm");
}

TEST_F(StateLogTest, KnowsABatchThatTheTimerMade)
{
    open();
    put(1, "open");
    seal(100);
    log->erase({StateKind::window, 1, 60});
    const auto position = log->next_position();
    log->seal(position);
    EXPECT_EQ(position.ring, log->id());

    committed = {{ring, 100}};
    const auto saved = tests::read_bytes(files().at(0));
    const auto name = files().at(0);
    open();
    EXPECT_EQ(states(), (States{{{1, 60}, "open"}})) << "the batch that closed it was not committed";

    log.reset();
    for (const auto& file : files()) std::filesystem::remove(file);
    tests::write_bytes(name, saved);
    committed = {{ring, 100}, position};
    open();
    EXPECT_FALSE(log->lost());
    EXPECT_EQ(states(), States{}) << "it was";
    EXPECT_NE(log->id(), position.ring) << "each run counts anew";
}

TEST_F(StateLogTest, KnowsNothingOfARingThatHasCommittedNothing)
{
    open();
    put(1, "a");
    seal(100);
    put(1, "b");
    log->seal({other_ring, 50});
    committed = {{ring, 100}};
    open();
    EXPECT_EQ(states(), (States{{{1, 60}, "a"}}));
}

TEST_F(StateLogTest, IsNotConfusedByARingThatIsThereNoMore)
{
    open();
    put(1, "a");
    log->seal({other_ring, 50});
    committed = {{other_ring, 50}};
    open({ring});  // the store still knows the other one: nothing was committed since
    EXPECT_EQ(states(), (States{{{1, 60}, "a"}}));
    put(2, "b");
    seal(10);
    committed = {{ring, 10}};  // that one was retired
    open({ring});
    EXPECT_FALSE(log->lost());
    EXPECT_EQ(states(), (States{{{1, 60}, "a"}, {{2, 60}, "b"}}));
}

TEST_F(StateLogTest, HasNoStateForAStoreThatIsAnotherOne)
{
    open();
    put(1, "a");
    seal(100);
    committed = {{ring, 100}};
    open();
    put(1, "b");
    seal(200);

    for (const store::IntakePositions& other :
         {store::IntakePositions{}, {{ring, 50}}, {{ring, 300}}, {{other_ring, 200}}}) {
        const auto saved = tests::read_bytes(files().at(0));
        const auto name = files().at(0);
        committed = other;
        open();
        EXPECT_TRUE(log->lost()) << (other.empty() ? 0 : other.front().tail);
        EXPECT_EQ(states(), States{});
        log.reset();
        for (const auto& file : files()) std::filesystem::remove(file);
        tests::write_bytes(name, saved);
    }
    committed = {{ring, 200}};
    open();
    EXPECT_FALSE(log->lost()) << "the file is as it was";
}

TEST_F(StateLogTest, SurvivesATearInWhatIsNotCommittedAndSaysWhenMoreIsDamaged)
{
    open();
    put(1, "a");
    seal(100);
    const auto whole = std::filesystem::file_size(files().at(0));
    put(1, "b");
    seal(200);
    log.reset();
    const auto name = files().at(0);
    const auto all = tests::read_bytes(name);
    for (std::size_t length = 0; length < all.size(); ++length) {
        for (const auto& file : files()) std::filesystem::remove(file);
        tests::write_bytes(name, all.substr(0, length));
        committed = {{ring, 100}};
        open();
        EXPECT_EQ(log->lost(), length < whole) << length;
        EXPECT_EQ(states(), length < whole ? States{} : (States{{{1, 60}, "a"}})) << length;
        log.reset();
    }
    for (std::size_t place = 0; place < whole; ++place) {
        for (const auto& file : files()) std::filesystem::remove(file);
        auto damaged = all;
        damaged[place] = static_cast<char>(damaged[place] ^ 0x10);
        tests::write_bytes(name, damaged);
        committed = {{ring, 100}};
        open();
        EXPECT_TRUE(log->lost()) << place;
        EXPECT_EQ(states(), States{}) << place;
        log.reset();
    }
}

TEST_F(StateLogTest, StaysSmallWhetherTheStoreCommitsOrNot)
{
    bytes = 10'000;
    open();
    const std::string value(100, 'x');
    std::uint64_t most = 0;
    for (std::uint64_t tail = 1; tail < 5000; ++tail) {
        put(static_cast<std::uint32_t>(tail % 20), value);
        seal(tail);
        if (tail < 2500) committed = {{ring, tail}};
        std::uint64_t on_disk = 0;
        for (const auto& file : files()) on_disk += std::filesystem::file_size(file);
        ASSERT_EQ(on_disk, log->bytes());
        most = std::max(most, on_disk);
    }
    EXPECT_LT(most, 5 * (10'000 + 5 * 20 * 120));
    open();
    EXPECT_FALSE(log->lost()) << "the oldest file holds the place where the store stands still";
    EXPECT_EQ(states().size(), 20U);
}

TEST_F(StateLogTest, WorksInMemoryWhereNothingCanBeWritten)
{
    tests::write_bytes(directory / "run", "a file where the directory should be");
    open();
    put(1, "a");
    seal(100);
    EXPECT_EQ(states(), (States{{{1, 60}, "a"}}));
    EXPECT_EQ(log->bytes(), 0U);
    committed = {{ring, 100}};
    open();
    EXPECT_TRUE(log->lost());
}

TEST_F(StateLogTest, OutlivesARebootThatWasAskedFor)
{
    open();
    put(1, "a");
    seal(100);
    put(2, "b");
    log->seal(log->next_position());
    committed = {{ring, 100}, {log->id(), 1}};
    log->keep();
    reboot();
    EXPECT_FALSE(log->lost());
    EXPECT_EQ(states(), (States{{{1, 60}, "a"}, {{2, 60}, "b"}}));
    EXPECT_FALSE(std::filesystem::exists(directory / "kept")) << "it is for one start";
}

TEST_F(StateLogTest, KeepsNothingOverARebootThatTheStoreHasNotCommitted)
{
    open();
    put(1, "a");
    seal(100);
    committed = {{ring, 50}};
    log->keep();
    EXPECT_FALSE(std::filesystem::exists(directory / "kept"));
    reboot();
    EXPECT_TRUE(log->lost());
}

TEST_F(StateLogTest, DoesNotTakeWhatAnEarlierStopKeptForThePlaceWhereTheStoreIs)
{
    open();
    put(1, "a");
    seal(100);
    committed = {{ring, 100}};
    log->keep();
    committed = {{ring, 200}};  // another start took more, and had the power cut
    reboot();
    EXPECT_TRUE(log->lost());
}

// Any number of batches from two rings and the timer, killed at any time with any part of them committed.
TEST_F(StateLogTest, IsAlwaysAtThePlaceWhereTheStoreIs)
{
    std::mt19937 random(20);  // NOLINT: the same each time
    const auto below = [&](std::size_t end) { return static_cast<std::uint32_t>(random() % end); };
    bytes = 2000;
    States now;
    std::map<std::uint64_t, std::uint64_t> tails{{ring, 1}};
    open();
    seal(1);
    committed = {{ring, 1}};
    for (int run = 0; run < 300; ++run) {
        std::deque<std::pair<store::IntakePositions, States>> appended{{committed, now}};
        for (auto batches = below(60); batches > 0; --batches) {
            for (auto changes = below(5); changes > 0; --changes) {
                const auto series = 1 + below(10);
                if (below(4) == 0) {
                    log->erase({StateKind::window, series, 60});
                    now.erase({series, 60});
                } else {
                    now[{series, 60}] = std::string(below(40), 'v') + std::to_string(random());
                    put(series, now[{series, 60}]);
                }
            }
            const auto from = below(3);
            const auto id = from == 0 ? ring : other_ring;
            const auto position =
                from == 2 ? log->next_position() : store::IntakePosition{id, tails[id] += 1 + below(100)};
            log->seal(position);
            auto positions = appended.back().first;
            note(positions, position);
            appended.emplace_back(positions, now);
            // The store commits some of them, in their order.
            if (below(3) == 0) appended.erase(appended.begin(), appended.begin() + below(appended.size()));
            committed = appended.front().first;
        }
        now = appended.front().second;
        for (const auto& [id, tail] : committed) tails[id] = tail;
        open();
        ASSERT_FALSE(log->lost()) << run;
        ASSERT_EQ(states(), now) << run;
        // Sometimes it forgets the rings that are not there any more.
        if (below(2) == 0)
            std::erase_if(committed, [](auto& one) { return one.ring != ring && one.ring != other_ring; });
    }
}

}  // namespace
}  // namespace tidegate::gateway
