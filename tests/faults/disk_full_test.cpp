// A full disk and a read-only one are states: the store stays up, shows what it has, says what is wrong, and
// goes on by itself when it is over.
#include "support/ledger.hpp"
#include "support/quiet_log.hpp"
#include "support/small_disk.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <limits>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t disk_bytes = 48ULL * 1024 * 1024;
constexpr auto said_within = 60s;  // of appending to a full disk: what is set aside for it is used up first
constexpr auto resumed_within = 30s;
constexpr auto upstream = "cloud";
constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();

std::int64_t minutes_ago(int minutes)
{
    const auto then = std::chrono::system_clock::now().time_since_epoch() - std::chrono::minutes(minutes);
    return std::chrono::duration_cast<std::chrono::milliseconds>(then).count();
}

long milliseconds_since(std::chrono::steady_clock::time_point start)
{
    return (std::chrono::steady_clock::now() - start) / 1ms;
}

class SickDisk : public testing::Test {
protected:
    void SetUp() override
    {
        const auto reason = SmallDisk::impossible();
        if (!reason.empty()) GTEST_SKIP() << "NOT TESTED, neither root nor a user namespace: " << reason;
        disk_ = std::make_unique<SmallDisk>(disk_bytes);
        options_.directory = disk_->path() / "data";
        options_.commit_interval = 5ms;
        options_.sync_interval = 50ms;
        options_.pending_readings = 2000;
        options_.hot_readings = 5000;
        options_.free_bytes = 0;  // the disk is small: what is of yesterday, after midnight, would be thinned
    }
    void TearDown() override
    {
        store_.reset();
        disk_.reset();
    }

    void open()
    {
        auto opened = store::Store::open(options_);
        ASSERT_TRUE(opened) << opened.error().what;
        store_ = std::move(*opened);
    }

    bool append(std::uint64_t readings, const std::stop_token& stop = {})
    {
        const auto before = ledger_.last_batch();
        const bool taken = store_->append(ledger_.make(*store_, readings), stop);
        if (!taken) ledger_.forget_after(before);
        return taken;
    }

    // What is on the disk, for good, before anything goes wrong; of every series, so that none is new later.
    void lay_in()
    {
        ASSERT_NO_FATAL_FAILURE(open());
        store_->open_upstream(upstream);
        for (int i = 0; i < 40; ++i) ASSERT_TRUE(append(50));
        ASSERT_TRUE(store_->flush());
        confirmed_ = ledger_.readings(everything);
    }

    bool in_trouble() { return !store_->state().trouble.empty(); }

    // Appends until the store says that it cannot any more.
    void append_into_trouble()
    {
        const auto start = std::chrono::steady_clock::now();
        while (!in_trouble()) {
            ASSERT_LT(std::chrono::steady_clock::now() - start, said_within) << "it never said so";
            ASSERT_TRUE(append(50));
            if (store_->flush()) confirmed_ = ledger_.readings(everything);
        }
        said_ms_ = milliseconds_since(start);
    }

    void expect_alive()
    {
        const auto start = std::chrono::steady_clock::now();
        const auto id = store_->series().find(Ledger::topic(0), "").value();
        store_->live().update(std::vector{store::Reading{id, 1, std::int64_t{-7}, 0}}, minutes_ago(0));
        EXPECT_EQ(store_->live().get(id).value, store::Value(std::int64_t{-7}));
        const auto found = compare(*store_, ledger_, everything);
        EXPECT_EQ(found.wrong + found.twice + found.refused, 0U) << found.first;
        EXPECT_GE(found.right, confirmed_) << "history shows what was confirmed";
        EXPECT_TRUE(in_trouble());
        std::stop_source stop;
        stop.request_stop();
        while (append(50, stop.get_token()) && store_->state().pending < 10 * options_.pending_readings) {
        }
        EXPECT_LT(store_->state().pending, 2 * options_.pending_readings)
            << "it holds back, not fills memory";
        EXPECT_LT(milliseconds_since(start), 3000) << "and keeps nobody waiting who was asked to stop";
    }

    void expect_to_resume(const std::string& what)
    {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_TRUE(wait_until([&] { return bool(store_->flush()) && !in_trouble(); }, resumed_within))
            << store_->state().trouble;
        const auto resumed_ms = milliseconds_since(start);
        ASSERT_TRUE(append(50));
        ASSERT_TRUE(store_->flush());
        expect_all("at once");
        store_.reset();
        ASSERT_NO_FATAL_FAILURE(open());
        ASSERT_TRUE(store_->flush());
        expect_all("after a restart");
        store_.reset();
        EXPECT_EQ(quick_check(options_.directory), "");
        std::cout << what << ": said after " << said_ms_ << " ms of writing, resumed " << resumed_ms
                  << " ms after it was over, lost " << lost_ << " of " << ledger_.readings(everything)
                  << " readings" << std::endl;
    }

    void expect_all(const std::string& when)
    {
        const auto found = compare(*store_, ledger_, everything);
        EXPECT_TRUE(found.perfect()) << when << ": " << found.first;
        lost_ = std::max(lost_, found.missing);
        EXPECT_EQ(damage_of(store_->state()), std::vector<std::string>{}) << when;
        auto reader = store_->reader();
        ASSERT_TRUE(reader);
        std::uint64_t seq = store_->open_upstream(upstream).cursor;
        for (;;) {
            const auto records = (*reader)->read_after(seq, 1000);
            ASSERT_TRUE(records) << records.error().what;
            if (records->empty()) break;
            for (const auto& record : *records) ASSERT_EQ(record.seq, ++seq) << when;
        }
        EXPECT_EQ(seq, ledger_.readings(everything)) << when << ": all of it is still owed to the upstream";
    }

    const QuietLog quiet_;
    std::unique_ptr<SmallDisk> disk_;
    store::StoreOptions options_;
    std::unique_ptr<store::Store> store_;
    Ledger ledger_{minutes_ago(60), 5};
    std::uint64_t confirmed_ = 0;
    std::uint64_t lost_ = 0;
    long said_ms_ = 0;
};

TEST_F(SickDisk, WhenFullIsSaidAndLeftBehindWithoutALoss)
{
    ASSERT_NO_FATAL_FAILURE(lay_in());
    {
        const Filler filler(*disk_);
        ASSERT_NO_FATAL_FAILURE(append_into_trouble());
        ASSERT_NO_FATAL_FAILURE(expect_alive());
        std::this_thread::sleep_for(2s);  // it tries again meanwhile, and fails again
        ASSERT_NO_FATAL_FAILURE(expect_alive());
    }
    expect_to_resume("disk full");
}

TEST_F(SickDisk, WhenFullDoesNotKeepAStoreFromOpening)
{
    ASSERT_NO_FATAL_FAILURE(lay_in());
    store_.reset();
    {
        const Filler filler(*disk_);
        ASSERT_NO_FATAL_FAILURE(open());
        const auto found = compare(*store_, ledger_, everything);
        EXPECT_EQ(found.wrong + found.twice + found.refused + found.missing, 0U) << found.first;
    }
    expect_to_resume("opened on a full disk");
}

TEST_F(SickDisk, GetsItsBallastBackWhenItIsFullAndLaysItAgain)
{
    options_.ballast_bytes = 2ULL * 1024 * 1024;
    ASSERT_NO_FATAL_FAILURE(lay_in());
    const auto ballast = options_.directory / "ballast";
    EXPECT_TRUE(wait_until([&] { return std::filesystem::exists(ballast); }, 5s));
    {
        const Filler filler(*disk_);
        ASSERT_NO_FATAL_FAILURE(append_into_trouble());
        EXPECT_FALSE(std::filesystem::exists(ballast));
    }
    expect_to_resume("disk full, with ballast");
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_TRUE(append(50));
    EXPECT_TRUE(wait_until([&] { return std::filesystem::exists(ballast); }, 5s));
    EXPECT_EQ(std::filesystem::file_size(ballast), options_.ballast_bytes);
}

// Back-pressure for a while, so that nothing is lost; then the newest count more than the oldest.
TEST_F(SickDisk, WhenItStaysFullDropsTheOldestAndCountsThem)
{
    options_.trouble_patience = 1500ms;
    ASSERT_NO_FATAL_FAILURE(lay_in());
    std::atomic<std::uint64_t> released = 0;
    store_->on_committed([&](const store::IntakePosition& position) { released = position.tail; });
    std::uint64_t taken = 0;
    {
        const Filler filler(*disk_);
        ASSERT_NO_FATAL_FAILURE(append_into_trouble());
        const auto start = std::chrono::steady_clock::now();
        const auto before = released.load();
        for (; taken < 4 * options_.pending_readings; taken += 50) ASSERT_TRUE(append(50));
        EXPECT_GT(milliseconds_since(start), 500) << "it held back first";
        EXPECT_LT(milliseconds_since(start), 10'000);
        EXPECT_LE(store_->state().pending, options_.pending_readings + 50);
        EXPECT_GT(store_->state().dropped, 2 * options_.pending_readings);
        EXPECT_TRUE(wait_until([&] { return released > before; }, 5s)) << "the intake may forget them";
        EXPECT_TRUE(in_trouble());
    }
    ASSERT_TRUE(wait_until([&] { return bool(store_->flush()) && !in_trouble(); }, resumed_within));
    const auto state = store_->state();
    const auto disk = state.books.suppressed.at(static_cast<std::size_t>(store::Suppress::disk));
    const auto all = ledger_.books(everything);
    EXPECT_EQ(disk, state.dropped + all.suppressed.at(static_cast<std::size_t>(store::Suppress::disk)));
    EXPECT_EQ(state.books.read, all.read);
    EXPECT_EQ(state.books.stored_readings + state.dropped, all.stored_readings);
    EXPECT_EQ(state.last_seq, state.books.stored_readings);
    const auto found = compare(*store_, ledger_, everything);
    EXPECT_EQ(found.missing, state.dropped) << "and nothing else is missing";
    EXPECT_EQ(found.wrong + found.twice + found.refused, 0U) << found.first;
    ASSERT_TRUE(append(50));
    const auto newest = ledger_.last_batch();
    ASSERT_TRUE(store_->flush());
    EXPECT_EQ(store_->state().intake.at(0).tail, newest);
    std::cout << "disk stays full: dropped " << state.dropped << " of " << all.stored_readings
              << " readings, the newest " << options_.pending_readings << " kept" << std::endl;
}

TEST_F(SickDisk, WhenReadOnlyIsSaidAndLeftBehindWithoutALoss)
{
    const ReadOnlyDisk read_only(options_.directory);
    ASSERT_NO_FATAL_FAILURE(lay_in());
    ReadOnlyDisk::set(true);
    ASSERT_NO_FATAL_FAILURE(append_into_trouble());
    ASSERT_NO_FATAL_FAILURE(expect_alive());
    ASSERT_FALSE(store_->seal_all()) << "this too is said";
    std::this_thread::sleep_for(2s);
    ASSERT_NO_FATAL_FAILURE(expect_alive());
    ReadOnlyDisk::set(false);
    expect_to_resume("disk read-only");
}

TEST_F(SickDisk, WhenReadOnlyFromTheStartIsShownAndLeftBehind)
{
    ASSERT_NO_FATAL_FAILURE(lay_in());
    ASSERT_TRUE(store_->seal_all());
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(50));
    ASSERT_TRUE(store_->flush());
    confirmed_ = ledger_.readings(everything);
    store_.reset();
    disk_->set_read_only(true);
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_NO_FATAL_FAILURE(append_into_trouble());
    ASSERT_NO_FATAL_FAILURE(expect_alive());
    disk_->set_read_only(false);
    expect_to_resume("read-only from the start");
}

}  // namespace
}  // namespace tidegate::tests
