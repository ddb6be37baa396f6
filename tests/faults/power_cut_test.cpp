// Promise 3: a power cut never damages the store, and costs no more than was said. What a disk may look like
// after a cut is modelled (support/crash_vfs.hpp); every such disk is opened as a store and looked through.
#include "faults/power_cut_check.hpp"
#include "support/memory_dir.hpp"
#include "support/quiet_log.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <span>
#include <thread>

namespace tidegate::tests {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t cuts_a_stretch = 300;

// Half of the cuts at any time, half beside a moment that matters; some while the directory is being made.
std::vector<Cut> choose_cuts(const Recording& recording, std::size_t count, std::mt19937_64& random)
{
    const auto& ops = recording.ops;
    std::vector<std::size_t> turns;
    for (std::size_t i = 0; i < ops.size(); ++i)
        if (ops[i].kind != DiskOp::Kind::write) turns.push_back(i);
    const auto opened = recording.facts.front().position;
    const auto span = ops.back().at - ops.front().at;
    std::vector<Cut> cuts;
    while (cuts.size() < count) {
        std::size_t position = 0;
        if (cuts.size() % 10 == 0) {
            const auto inside = std::lower_bound(turns.begin(), turns.end(), opened) - turns.begin();
            position = turns[random() % static_cast<std::size_t>(inside + 1)] + random() % 3;
        } else if (cuts.size() % 2 == 0) {
            position = turns[random() % turns.size()] + random() % 3;
        } else {
            const auto at = ops.front().at + span * static_cast<int>(random() % 10'000) / 10'000;
            position = static_cast<std::size_t>(
                std::lower_bound(ops.begin(), ops.end(), at, [](auto& op, auto t) { return op.at < t; }) -
                ops.begin());
        }
        cuts.push_back({std::min(position, ops.size()), static_cast<Loss>(random() % 5), random()});
    }
    std::sort(cuts.begin(), cuts.end(), [](auto& a, auto& b) { return a.position < b.position; });
    return cuts;
}

struct Tally {
    std::mutex mutex;
    std::uint64_t cuts = 0;
    std::uint64_t damaged = 0;
    std::uint64_t with_loss = 0;
    double most_lost_ms = 0;
    std::vector<std::string> faults;

    void add(const Cut& cut, const Verdict& verdict)
    {
        const std::scoped_lock lock(mutex);
        ++cuts;
        with_loss += verdict.lost_batches > 0 ? 1 : 0;
        most_lost_ms = std::max(most_lost_ms, verdict.lost_ms);
        if (verdict.fault.empty()) return;
        ++damaged;
        if (faults.size() < 10)
            faults.push_back("after operation " + std::to_string(cut.position) + ", loss " +
                             std::to_string(static_cast<int>(cut.loss)) + ": " + verdict.fault);
    }
};

// Plays the recording back and makes the cuts, which are in the order of their positions.
void make_cuts(const std::filesystem::path& start,
               const store::StoreOptions& wanted,
               const Recording& recording,
               std::span<const Cut> cuts,
               Bound bound,
               Tally& tally)
{
    Disk disk(start);
    std::size_t done = 0;
    for (const auto& cut : cuts) {
        while (done < cut.position) disk.apply(recording.ops[done++]);
        const TempDir directory;
        std::mt19937_64 random(cut.seed);
        disk.put_out(cut.loss, random, directory.path());
        auto options = wanted;
        options.directory = directory.path();
        tally.add(cut, examine(options, recording, cut, bound));
    }
}

void make_cuts_on_two_threads(const std::filesystem::path& start,
                              const store::StoreOptions& wanted,
                              const Recording& recording,
                              std::span<const Cut> cuts,
                              Bound bound,
                              Tally& tally)
{
    const auto half = cuts.size() / 2;
    const std::jthread other([&] { make_cuts(start, wanted, recording, cuts.first(half), bound, tally); });
    make_cuts(start, wanted, recording, cuts.subspan(half), bound, tally);
}

// A moment of the stretch, as the place where the next one begins.
void go_on_from_a_cut(const std::filesystem::path& start,
                      Recording& recording,
                      std::mt19937_64& random,
                      const std::filesystem::path& next)
{
    Disk disk(start);
    const Cut cut{recording.ops.size() / 2 + random() % (recording.ops.size() / 2), Loss::mixed, 0};
    for (std::size_t i = 0; i < cut.position; ++i) disk.apply(recording.ops[i]);
    disk.put_out(cut.loss, random, next);
    const auto delivered = highest_known(recording, cut, Fact::Kind::delivered);
    recording.numbers.erase(recording.numbers.upper_bound(std::max(delivered, recording.start_delivered)),
                            recording.numbers.end());
}

struct Kind {
    std::string name;
    store::Durability durability;
    std::chrono::milliseconds sync_interval;
    int stretches;

    friend std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }
};

class PowerCut : public testing::TestWithParam<Kind> {
protected:
    static void SetUpTestSuite() { keep_temp_dirs_in_memory(); }

    PowerCut()
    {
        load_.store.directory = work_.path() / "data";
        load_.store.commit_interval = 3ms;
        load_.store.commit_readings = 40;
        load_.store.ballast_bytes = 0;
        load_.store.hot_readings = 600;
    }

    void begin_anew()
    {
        recording_.ledger = Ledger(midnight_before(5), 7000);
        recording_.numbers.clear();
        start_ = std::make_unique<TempDir>();
    }

    // Another stretch of the store's life, from where the last one was cut off, and cuts all through it.
    void stretch(std::size_t cuts, Bound bound)
    {
        ++load_.seed;
        std::filesystem::remove_all(load_.store.directory);
        std::filesystem::copy(start_->path(), load_.store.directory);
        recording_ = record_load(load_, recording_.ledger, std::move(recording_.numbers));
        ASSERT_EQ(recording_.failure, "");
        const auto chosen = choose_cuts(recording_, cuts, random_);
        make_cuts_on_two_threads(start_->path(), load_.store, recording_, chosen, bound, tally_);
        auto next = std::make_unique<TempDir>();
        go_on_from_a_cut(start_->path(), recording_, random_, next->path());
        start_ = std::move(next);
    }

    void expect_nothing_broken()
    {
        EXPECT_EQ(tally_.damaged, 0U);
        for (const auto& fault : tally_.faults) ADD_FAILURE() << fault;
    }

    const QuietLog quiet_;
    TempDir work_;
    std::unique_ptr<TempDir> start_;
    LoadOptions load_;
    std::mt19937_64 random_{20'261'124};
    Tally tally_;
    Recording recording_;
};

TEST_P(PowerCut, DamagesNothingAndCostsNoMoreThanWasSaid)
{
    constexpr int generations = 3;  // so many stretches, each from a cut of the one before; then from nothing
    load_.store.durability = GetParam().durability;
    load_.store.sync_interval = GetParam().sync_interval;
    for (int i = 0; i < GetParam().stretches && !HasFatalFailure(); ++i) {
        if (i % generations == 0) begin_anew();
        stretch(cuts_a_stretch, Bound::kept);
    }
    std::cout << "power cuts, " << GetParam() << ": " << tally_.cuts << ", damaged " << tally_.damaged
              << ", with loss " << tally_.with_loss << ", most lost " << static_cast<int>(tally_.most_lost_ms)
              << " ms (sync interval " << GetParam().sync_interval.count() << " ms)" << std::endl;
    EXPECT_EQ(tally_.cuts, static_cast<std::uint64_t>(GetParam().stretches) * cuts_a_stretch);
    expect_nothing_broken();
}

INSTANTIATE_TEST_SUITE_P(Durability,
                         PowerCut,
                         testing::Values(Kind{"timed", store::Durability::timed, 100ms, 6},
                                         Kind{"strict", store::Durability::strict, 0ms, 4},
                                         Kind{"relaxed", store::Durability::relaxed, 0ms, 4}),
                         [](const auto& kind) { return kind.param.name; });

// The kernel forgets what a failed sync did not bring to the disk, and the next sync succeeds without it.
// What is confirmed after that must not rest on what was forgotten.
class FailedSync : public PowerCut {};

TEST_P(FailedSync, TakesNothingWithItThatIsConfirmedLater)
{
    load_.store.sync_interval = GetParam().sync_interval;
    load_.failing_syncs = {"log.db-wal", "-wal", "meta.db-wal", "log.db-wal", "log.db", "-wal"};
    begin_anew();
    stretch(cuts_a_stretch, Bound::off);
    std::cout << "power cuts after failed syncs, " << GetParam() << ": " << tally_.cuts << ", damaged "
              << tally_.damaged << ", failed syncs " << recording_.failed_syncs << std::endl;
    EXPECT_GE(recording_.failed_syncs, 3);
    expect_nothing_broken();
}

INSTANTIATE_TEST_SUITE_P(Durability,
                         FailedSync,
                         testing::Values(Kind{"timed", store::Durability::timed, 1000ms, 1}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace tidegate::tests
