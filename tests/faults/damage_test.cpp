// A damaged file is not the end: the store starts anyway, sets the file aside, gives what is sound, never
// gives what is not, and says what it lost. What is newer than it knows, or in use, it leaves alone.
#include "faults/damaged_directory.hpp"
#include "support/memory_dir.hpp"
#include "support/quiet_log.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <iostream>
#include <limits>
#include <numeric>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seeds = 40;
constexpr std::uint64_t wal_seeds = 12;
constexpr std::uint64_t pause = 200;  // readings
constexpr long opens_within_ms = 5000;
constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();

void copy_directory(const std::filesystem::path& from, const std::filesystem::path& to)
{
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

// One damaged directory, opened and looked through.
class Patient {
public:
    Patient(const Template& truth, const std::filesystem::path& directory, std::filesystem::path damaged)
        : truth_(truth),
          ledger_(truth.ledger()),
          options_(damage_options(directory)),
          damaged_(std::move(damaged))
    {
    }

    // What the store did wrong; empty: nothing.
    std::string examine()
    {
        if (!open()) return fault_;
        check_values();  // what is found in this look is set aside on the way: the next one tells what is
                         // lost
        check_values();
        check_names();
        check_log();
        check_books();
        go_on();
        check_said();
        store_.reset();
        if (!fault_.empty() || !open()) return fault_;
        const auto before = lost_;
        check_values();
        if (lost_ > before) note("more is lost after another start");
        return fault_;
    }

    std::uint64_t lost() const { return lost_; }
    long slowest_ms() const { return slowest_ms_; }

private:
    bool is(const std::string& start) const { return damaged_.filename().string().starts_with(start); }
    void note(const std::string& what)
    {
        if (fault_.empty()) fault_ = what;
    }

    bool open()
    {
        const auto start = std::chrono::steady_clock::now();
        auto opened = store::Store::open(options_);
        const long took = (std::chrono::steady_clock::now() - start) / 1ms;
        slowest_ms_ = std::max(slowest_ms_, took);
        if (took > opens_within_ms) note("it took " + std::to_string(took) + " ms to open");
        if (!opened)
            note("it does not open: " + opened.error().what);
        else
            store_ = std::move(*opened);
        return bool(opened);
    }

    // By the ids that the series had: right or absent; and absent only where the damage is.
    void check_values()
    {
        const auto all = compare(*store_, ledger_, everything, whole_of(ledger_), truth_.ids());
        if (all.wrong + all.twice > 0) note("history: " + all.first);
        if (all.refused > 0) note("history cannot be asked: " + all.first);
        lost_ = all.missing;
        if (is("day-")) {
            const auto day = day_of(damaged_);
            const auto whole = whole_of(ledger_);
            expect_whole({whole.from_ms, day.from_ms}, everything, "days before the damaged one");
            expect_whole({day.to_ms, whole.to_ms}, everything, "days after the damaged one");
        } else {
            expect_whole(whole_of(ledger_), is("log.db") ? truth_.sealed() : everything, "sound files");
        }
    }

    void expect_whole(const Stretch& stretch, std::uint64_t through, const std::string& what)
    {
        if (stretch.from_ms >= stretch.to_ms) return;
        // Later readings are in this stretch as well, so only what is missing counts here.
        const auto found = compare(*store_, ledger_, through, stretch, truth_.ids());
        if (found.missing > 0) note("missing, though in " + what + ": " + found.first);
    }

    void check_names()
    {
        for (std::size_t series = 0; series < truth_.ids().size(); ++series) {
            const auto right = truth_.ids()[series];
            const auto found = store_->series().find(Ledger::topic(series), "");
            if (found && *found != right) note(Ledger::topic(series) + " has the id of another series");
            const auto known = store_->series().get(right);
            const auto due = Ledger::series(series);
            const bool same = known && known->topic == due.topic && known->field == due.field &&
                              known->device == due.device && known->name == due.name &&
                              known->unit == due.unit;
            if (!same && !is("meta.db")) note(Ledger::topic(series) + " is not what it was");
            names_lost_ += same ? 0 : 1;
        }
    }

    // A seq of an epoch names one reading, for ever.
    void check_log()
    {
        // An upstream is given what is synced, after a start as well.
        if (auto flushed = store_->flush(); !flushed) return note("flush: " + flushed.error().what);
        auto reader = store_->reader();
        if (!reader) return note("reader: " + reader.error().what);
        const bool same = store_->state().epoch == truth_.epoch();
        auto seq = store_->open_upstream(damage_upstream).cursor;
        owed_and_lost_ = truth_.numbers().rbegin()->first - std::min(seq, truth_.numbers().rbegin()->first);
        for (;;) {
            const auto records = (*reader)->read_after(seq, 1000);
            if (!records) return note("read_after: " + records.error().what);
            if (records->empty()) return;
            owed_and_lost_ -= std::min<std::uint64_t>(owed_and_lost_, records->size());
            for (const auto& record : *records) {
                const auto number = ledger_.number_of(record.reading);
                if (number && record.reading.series != truth_.ids()[ledger_.series_of(*number)])
                    note("the log has a reading under another series");
                if (record.seq <= seq) note("the log goes backwards");
                if (!number) note("the log has a reading that was never written");
                const auto known = truth_.numbers().find(record.seq);
                if (same && number && known != truth_.numbers().end() && known->second != *number)
                    note("seq " + std::to_string(record.seq) + " names another reading than before");
                seq = record.seq;
            }
        }
    }

    void check_books()
    {
        const auto state = store_->state();
        const auto& books = state.books;
        const auto sum = [](auto& counts) {
            return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
        };
        if (books.received != books.stored_messages + sum(books.rejected) ||
            books.read != books.stored_readings + books.summarised + sum(books.suppressed))
            note("the books do not add up");
        for (const auto& upstream : state.upstreams)
            if (upstream.started + upstream.delivered + store::sum(upstream.discarded) != upstream.cursor ||
                upstream.cursor > state.last_seq)
                note("the books of " + upstream.name + " do not add up");
    }

    // New readings are taken in, get seqs that no other ever had, and stay apart from what lost its name.
    void go_on()
    {
        constexpr std::uint64_t count = 30;
        auto ledger = ledger_;
        ledger.plan(pause);  // never written: the new ones are later than all of the old
        ledger.forget_after(ledger_.last_batch());
        const auto part = ledger.plan(count);
        if (!store_->append(ledger.batch(*store_, part), {})) return note("append gave up");
        if (auto flushed = store_->flush(); !flushed) return note("flush: " + flushed.error().what);
        const auto state = store_->state();
        if (state.epoch == truth_.epoch() && state.last_seq < truth_.numbers().rbegin()->first + count)
            note("seqs are given out a second time");
        const auto found = compare(*store_, ledger, everything);
        if (found.wrong + found.twice + found.refused > 0) note("by name: " + found.first);
        const Stretch later{ledger_.end_ms(), ledger.end_ms()};
        const auto added = compare(*store_, ledger, everything, later, series_ids(*store_));
        if (!added.perfect()) note("after the damage: " + added.first);
    }

    // It knows what it lost, and kept the file as it was found.
    void check_said()
    {
        if (lost_ + owed_and_lost_ + names_lost_ == 0) return;
        const auto name = damaged_.filename().string();
        const auto aside = [&] {
            const auto names = quarantined(options_.directory);
            return std::any_of(names.begin(), names.end(), [&](auto& one) { return one.starts_with(name); });
        };
        if (!wait_until(aside, 5s))
            note("the damaged file is not kept; lost " + std::to_string(lost_) + " readings, " +
                 std::to_string(owed_and_lost_) + " owed ones, " + std::to_string(names_lost_) + " names");
        if (tells_damage(store_->state()) && damage_of(store_->state()).empty())
            note("it does not say what is lost");
    }

    const Template& truth_;
    Ledger ledger_;
    store::StoreOptions options_;
    std::filesystem::path damaged_;
    std::unique_ptr<store::Store> store_;
    std::uint64_t lost_ = 0;
    std::uint64_t names_lost_ = 0;     // series that have no name now, or not the right one
    std::uint64_t owed_and_lost_ = 0;  // readings that the upstream will not get
    long slowest_ms_ = 0;
    std::string fault_;
};

class Damage : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        keep_temp_dirs_in_memory();
        const QuietLog quiet;
        truth_ = std::make_unique<Template>();
    }
    static void TearDownTestSuite() { truth_.reset(); }

    static std::unique_ptr<Template> truth_;
    const QuietLog quiet_;
};
std::unique_ptr<Template> Damage::truth_;

using Choose = std::function<std::filesystem::path(
    const std::filesystem::path& directory, std::uint64_t seed, std::mt19937_64& random)>;

void expect_survival(const Template& truth, const std::string& of, const Choose& choose)
{
    std::uint64_t lost = 0;
    std::uint64_t wrong = 0;
    long slowest_ms = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        std::mt19937_64 random(seed);
        const TempDir home;
        const auto data = home.path() / "data";
        copy_directory(truth.closed(), data);
        const auto file = choose(data, seed, random);
        const auto what = damage(file, random);
        Patient patient(truth, data, file);
        const auto fault = patient.examine();
        EXPECT_EQ(fault, "") << "seed " << seed << ", " << what;
        wrong += fault.empty() ? 0 : 1;
        lost += patient.lost();
        slowest_ms = std::max(slowest_ms, patient.slowest_ms());
    }
    const auto all = seeds * truth.ledger().readings(everything);
    std::cout << "corruptions of " << of << ": " << seeds << ", handled wrongly " << wrong
              << ", slowest start " << slowest_ms << " ms, readings lost " << lost << " of " << all
              << std::endl;
}

TEST_F(Damage, IsSurvivedSetAsideAndSaidAndNothingWrongIsShown)
{
    expect_survival(*truth_, "log.db and meta.db", [](auto& directory, auto seed, auto&) {
        return directory / (seed % 2 == 0 ? "log.db" : "meta.db");
    });
}

TEST_F(Damage, OfASealedFileIsSurvivedSetAsideAndSaid)
{
    expect_survival(*truth_, "sealed files", [](auto& directory, auto, auto& random) {
        auto files = files_ending(directory, ".db");
        std::erase_if(files,
                      [](auto& file) { return file.filename() == "log.db" || file.filename() == "meta.db"; });
        return files.at(random() % files.size());
    });
}

// Of a damaged WAL a store cannot know what was in it: it is as if the power had gone before.
TEST_F(Damage, OfAWalCostsItsEndAndShowsNothingWrong)
{
    std::uint64_t lost = 0;
    for (std::uint64_t seed = 0; seed < wal_seeds; ++seed) {
        std::mt19937_64 random(seed);
        const TempDir home;
        const auto data = home.path() / "data";
        copy_directory(truth_->killed(), data);
        const auto files = files_ending(data, "-wal");
        const auto what = damage(files.at(random() % files.size()), random);
        auto opened = store::Store::open(damage_options(data));
        ASSERT_TRUE(opened) << what << ": " << opened.error().what;
        const auto found =
            compare(**opened, truth_->ledger(), everything, whole_of(truth_->ledger()), truth_->ids());
        EXPECT_EQ(found.wrong + found.twice + found.refused, 0U) << what << ": " << found.first;
        EXPECT_TRUE((*opened)->flush()) << what;
        lost += found.missing;
    }
    std::cout << "corruptions of a WAL: " << wal_seeds << ", readings lost " << lost << " of "
              << wal_seeds * truth_->ledger().readings(everything) << std::endl;
}

std::map<std::string, std::string> contents(const std::filesystem::path& directory)
{
    std::map<std::string, std::string> all;
    for (const auto& file : files_ending(directory, ".db")) all[file.filename().string()] = bytes_of(file);
    return all;
}

void make_newer(const std::filesystem::path& file, const std::string& journal)
{
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
    const auto sql = "PRAGMA user_version=999; PRAGMA journal_mode=" + journal;
    ASSERT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
    sqlite3_close(raw);
}

class Newer : public Damage, public testing::WithParamInterface<std::string> {};

TEST_P(Newer, FilesAreRefusedUntouched)
{
    for (const std::string journal : {"WAL", "DELETE"}) {
        const TempDir home;
        const auto data = home.path() / "data";
        copy_directory(truth_->closed(), data);
        const auto file = files_ending(data, GetParam()).front();
        make_newer(file, journal);
        const auto before = contents(data);
        {
            const auto opened = store::Store::open(damage_options(data));
            const bool vital = GetParam() != "0.db";
            EXPECT_FALSE(opened && vital) << file.filename() << " is of a newer version";
            if (!opened) {
                EXPECT_EQ(opened.error().kind, ErrorKind::denied);
                EXPECT_NE(opened.error().what.find("newer"), std::string::npos) << opened.error().what;
                EXPECT_NE(opened.error().what.find(file.filename().string()), std::string::npos);
            }
        }
        const auto after = contents(data);
        EXPECT_EQ(after.size(), before.size()) << "no file came or went";
        for (const auto& [name, bytes] : before)
            EXPECT_TRUE(after.contains(name) && after.at(name) == bytes)
                << name << " was changed, " << journal;
        EXPECT_EQ(quarantined(data), std::vector<std::string>{});
    }
}

INSTANTIATE_TEST_SUITE_P(Files, Newer, testing::Values("log.db", "meta.db"), [](const auto& file) {
    return file.param.substr(0, file.param.find('.'));
});

// A day file of a newer version is shown as nothing, or keeps the store closed; but it stays as it is.
TEST_F(Damage, IsNotWhatANewerDayFileIsTakenFor)
{
    const TempDir home;
    const auto data = home.path() / "data";
    copy_directory(truth_->closed(), data);
    auto days = files_ending(data, ".db");
    std::erase_if(days, [](auto& file) { return !file.filename().string().starts_with("day-"); });
    const auto file = days.at(days.size() / 2);
    make_newer(file, "WAL");
    const auto before = bytes_of(file);
    const auto day = day_of(file);
    if (auto opened = store::Store::open(damage_options(data))) {
        const auto whole = whole_of(truth_->ledger());
        for (const auto& stretch : {Stretch{whole.from_ms, day.from_ms}, Stretch{day.to_ms, whole.to_ms}}) {
            const auto found = compare(**opened, truth_->ledger(), everything, stretch, truth_->ids());
            EXPECT_TRUE(found.perfect()) << found.first;
        }
        (void)compare(**opened, truth_->ledger(), everything, day, truth_->ids());
    } else {
        EXPECT_NE(opened.error().what.find("newer"), std::string::npos) << opened.error().what;
    }
    EXPECT_TRUE(std::filesystem::exists(file));
    EXPECT_TRUE(bytes_of(file) == before) << file << " was changed";
    EXPECT_EQ(quarantined(data), std::vector<std::string>{});
}

TEST(TwoProcesses, DoNotShareADirectoryAndTheSecondNamesTheFirst)
{
    const QuietLog quiet;
    const TempDir home;
    const auto options = damage_options(home.path() / "data");
    std::array<int, 2> ready{};
    ASSERT_EQ(::pipe(ready.data()), 0);
    const auto holder = ::fork();  // nothing else runs in this process yet
    ASSERT_GE(holder, 0);
    if (holder == 0) {
        auto opened = store::Store::open(options);
        const char word = opened ? 'y' : 'n';
        if (::write(ready[1], &word, 1) != 1) ::_exit(1);
        for (;;) ::pause();
    }
    char word = 0;
    ASSERT_EQ(::read(ready[0], &word, 1), 1);
    ASSERT_EQ(word, 'y');
    {
        const auto second = store::Store::open(options);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::denied);
        EXPECT_NE(second.error().what.find(std::to_string(holder)), std::string::npos) << second.error().what;
        EXPECT_NE(second.error().what.find("in use"), std::string::npos) << second.error().what;
    }
    ASSERT_EQ(::kill(holder, SIGKILL), 0);
    ASSERT_EQ(::waitpid(holder, nullptr, 0), holder);
    const auto after = store::Store::open(options);
    EXPECT_TRUE(after) << "the hold ends with the process, whatever way it ends";
    ::close(ready[0]);
    ::close(ready[1]);
}

}  // namespace
}  // namespace tidegate::tests
