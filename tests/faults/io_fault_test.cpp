// An I/O error is a state, not the end: the fault is put at the first call of SQLite's to the disk, then at
// the second, and so on until a whole life of a store passes without meeting it. Whatever it hit, the store
// says so and goes on once it is over, and nothing is lost.
#include "support/fault_vfs.hpp"
#include "support/ledger.hpp"
#include "support/memory_dir.hpp"
#include "support/quiet_log.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <limits>
#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;

constexpr auto upstream = "cloud";
constexpr auto patience = 15s;
constexpr auto outage = 50ms;           // how long a lasting fault goes on after the store has spoken
constexpr unsigned lives_at_once = 16;  // they mostly wait
constexpr std::uint64_t most_faults = 5000;
constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();

store::StoreOptions options_for(const std::filesystem::path& directory)
{
    store::StoreOptions options;
    options.directory = directory;
    options.commit_interval = 2ms;
    options.sync_interval = 20ms;
    options.ballast_bytes = 0;
    options.hot_readings = 600;
    return options;
}

struct Case {
    std::string name;
    FaultKind kind;
    bool fresh;  // whether the directory is made under the fault

    friend std::ostream& operator<<(std::ostream& out, const Case& the) { return out << the.name; }
};

// One life of a store with one fault in it.
class Life {
public:
    Life(const std::filesystem::path& directory, Ledger ledger, FaultPlan& plan, const Case& the)
        : options_(options_for(directory)),
          ledger_(std::move(ledger)),
          plan_(plan),
          kind_(the.kind),
          rounds_(the.fresh ? 1 : 4)
    {
    }

    // What the store did wrong; empty: nothing.
    std::string run()
    {
        live();
        if (fault_.empty() && kind_ != FaultKind::once && plan_.fired() && !said_)
            note("it did not say that nothing can be written");
        note_trouble_that_stays();
        store_.reset();
        plan_.heal();
        if (fault_.empty()) look_again();
        return fault_;
    }
    bool said() const { return said_; }

private:
    void live()
    {
        open();
        for (int round = 0; round < rounds_ && fault_.empty(); ++round) {
            append(3);
            step("flush", [&] { return store_->flush(); });
            if (round == 1) step("seal_all", [&] { return store_->seal_all(); });
            if (round == 2) deliver();
            if (round != 0) ask();
        }
        // A lasting fault that came in the background is met now.
        for (int i = 0; i < 3 && fault_.empty() && plan_.fired() && !said_; ++i) {
            append(1);
            step("flush", [&] { return store_->flush(); });
        }
    }

    void note(const std::string& what)
    {
        if (fault_.empty()) fault_ = what;
    }

    void append(std::uint64_t readings)
    {
        if (!fault_.empty()) return;
        if (!store_->append(ledger_.make(*store_, readings), {})) note("append gave up");
    }

    // Until it succeeds. The first error is what the store has to say; the fault is over soon after it.
    template <class Call>
    void step(const std::string& name, const Call& call)
    {
        if (!fault_.empty()) return;
        const auto deadline = std::chrono::steady_clock::now() + patience;
        for (;;) {
            const auto done = call();
            if (!store_ || !store_->state().trouble.empty()) said_ = said_ || plan_.fired();
            if (done) return;
            said_ = true;
            if (!plan_.fired()) return note(name + " failed without a fault: " + done.error().what);
            std::this_thread::sleep_for(kind_ == FaultKind::once ? 1ms : outage);
            plan_.heal();
            if (std::chrono::steady_clock::now() > deadline)
                return note(name + " does not recover: " + done.error().what);
        }
    }

    void open()
    {
        step("open", [&]() -> Result<> {
            auto opened = store::Store::open(options_);
            if (!opened) return opened.error();
            store_ = std::move(*opened);
            return {};
        });
        if (fault_.empty()) cursor_ = store_->open_upstream(upstream).cursor;
    }

    void deliver()
    {
        std::unique_ptr<store::LogReader> reader;
        step("reader", [&]() -> Result<> {
            auto made = store_->reader();
            if (!made) return made.error();
            reader = std::move(*made);
            return {};
        });
        step("read_after", [&]() -> Result<> {
            auto records = reader->read_after(cursor_, 1000);
            if (!records) return records.error();
            for (const auto& record : *records)
                if (record.seq != ++cursor_ || !ledger_.number_of(record.reading, *store_))
                    note("the log has a hole before seq " + std::to_string(record.seq));
            return {};
        });
        const auto before = store_->open_upstream(upstream).cursor;
        if (cursor_ > before) store_->acknowledge(upstream, cursor_, cursor_ - before);
    }

    // An answer is complete, or an error.
    void ask()
    {
        step("history", [&]() -> Result<> {
            const auto found = compare(*store_, ledger_, everything);
            if (found.missing + found.wrong + found.twice > 0) note("history: " + found.first);
            if (found.refused > 0) return Error{ErrorKind::unavailable, found.first};
            return {};
        });
    }

    void note_trouble_that_stays()
    {
        if (!store_) return;
        plan_.heal();
        step("flush", [&] { return store_->flush(); });
        if (!fault_.empty()) return;
        if (!wait_until([&] { return store_->state().trouble.empty(); }, patience))
            note("trouble stays: " + store_->state().trouble);
    }

    void look_again()
    {
        auto opened = store::Store::open(options_);
        if (!opened) return note("open after all: " + opened.error().what);
        auto& store = **opened;
        const auto found = compare(store, ledger_, everything);
        if (!found.perfect()) return note("after all: " + found.first);
        const auto state = store.state();
        if (state.books != ledger_.books(everything)) return note("the books do not add up");
        const auto books = store.open_upstream(upstream);
        if (books.started + books.delivered + store::sum(books.discarded) != books.cursor ||
            books.cursor != cursor_)
            return note("the cursor is not where it was");
        if (const auto damage = damage_of(state); !damage.empty()) return note("damage: " + damage.front());
        opened->reset();
        if (!quarantined(options_.directory).empty()) return note("a sound file was set aside");
        note(quick_check(options_.directory));
    }

    store::StoreOptions options_;
    Ledger ledger_;
    FaultPlan& plan_;
    FaultKind kind_;
    int rounds_;
    std::unique_ptr<store::Store> store_;
    std::uint64_t cursor_ = 0;
    bool said_ = false;
    std::string fault_;
};

struct Tally {
    std::mutex mutex;
    std::uint64_t faults = 0;
    std::uint64_t said = 0;
    std::map<std::string, std::string> wrong;  // the first of each kind, with the call that was hit
    std::uint64_t all_wrong = 0;

    void add(std::uint64_t nth, const FaultPlan& plan, bool spoke, const std::string& fault)
    {
        const std::scoped_lock lock(mutex);
        ++faults;
        said += spoke ? 1 : 0;
        if (fault.empty()) return;
        ++all_wrong;
        wrong.try_emplace(fault.substr(0, 60),
                          "call " + std::to_string(nth) + ", " + plan.where() + ": " + fault);
    }
};

class IoFault : public testing::TestWithParam<Case> {
protected:
    static void SetUpTestSuite() { keep_temp_dirs_in_memory(); }

    IoFault() : start_(std::make_unique<TempDir>())
    {
        if (!GetParam().fresh) prepare();
    }

    // A directory with sealed days, readings in the log, and a cursor on its way.
    void prepare()
    {
        auto opened = store::Store::open(options_for(start_->path()));
        ASSERT_TRUE(opened) << opened.error().what;
        auto& store = **opened;
        store.open_upstream(upstream);
        for (int i = 0; i < 30; ++i) {
            ASSERT_TRUE(store.append(ledger_.make(store, 10), {}));
            ASSERT_TRUE(i % 8 != 0 || store.flush());
            ASSERT_TRUE(i != 20 || store.seal_all());
        }
        ASSERT_TRUE(store.flush());
        store.acknowledge(upstream, 150, 150);
    }

    // Takes the next fault until one is not met any more.
    void work()
    {
        while (!passed_) {
            const auto nth = ++next_;
            if (nth > most_faults) return;
            const TempDir home;
            const auto data = home.path() / "data";
            std::filesystem::copy(start_->path(), data, std::filesystem::copy_options::recursive);
            const auto plan = std::make_shared<FaultPlan>(GetParam().kind, nth);
            vfs_.plan(data, plan);
            Life life(data, ledger_, *plan, GetParam());
            const auto fault = life.run();
            vfs_.forget(data);
            if (plan->fired())
                tally_.add(nth, *plan, life.said(), fault);
            else if (fault.empty())
                passed_ = true;
            else
                tally_.add(nth, *plan, false, "without a fault: " + fault);
        }
    }

    const QuietLog quiet_;
    FaultVfs vfs_;
    std::unique_ptr<TempDir> start_;
    Ledger ledger_{midnight_before(3), 600'000};
    std::atomic<std::uint64_t> next_ = 0;
    std::atomic<bool> passed_ = false;
    Tally tally_;
};

TEST_P(IoFault, IsSaidAndLeftBehindWithoutALoss)
{
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < lives_at_once; ++i) threads.emplace_back([this] { work(); });
    }
    std::cout << "I/O faults, " << GetParam() << ": " << tally_.faults << " until none was met, said "
              << tally_.said << ", without consequence " << tally_.faults - tally_.said << ", wrong "
              << tally_.all_wrong << std::endl;
    EXPECT_TRUE(passed_) << "no life passed without a fault";
    EXPECT_GT(tally_.faults, 20U);
    EXPECT_EQ(tally_.all_wrong, 0U);
    for (const auto& [kind, example] : tally_.wrong) ADD_FAILURE() << example;
}

INSTANTIATE_TEST_SUITE_P(Disk,
                         IoFault,
                         testing::Values(Case{"once", FaultKind::once, false},
                                         Case{"gone", FaultKind::gone, false},
                                         Case{"full", FaultKind::full, false},
                                         Case{"once_when_made", FaultKind::once, true},
                                         Case{"full_when_made", FaultKind::full, true}),
                         [](const auto& the) { return the.param.name; });

}  // namespace
}  // namespace tidegate::tests
