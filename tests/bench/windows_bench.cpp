// What windows cost a reading, with their state kept for a kill.
#include "gateway/rules/windows.hpp"
#include "support/memory_dir.hpp"
#include "support/temp_dir.hpp"

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <optional>

namespace tidegate::gateway {
namespace {

constexpr std::int64_t begin_ms = 1'795'000'000'000;
constexpr std::size_t batch_readings = 1000;
constexpr Statistics usual =
    bit(Statistic::count) | bit(Statistic::min) | bit(Statistic::mean) | bit(Statistic::max);

struct House {
    House(std::size_t series, std::int64_t windows) : last(static_cast<store::SeriesId>(series))
    {
        tests::keep_temp_dirs_in_memory();  // as in the runtime directory
        directory.emplace();
        for (std::size_t i = 0; i < series; ++i)
            table.add({0, "plant/" + std::to_string(i), "/v", "", "", ""});
        log.emplace(StateLogOptions{directory->path(), {1}, [this] { return committed; }});
        sums.emplace(table, derived, *log);
        if (windows > 0) specs.push_back({600'000, 10'000, usual});
        if (windows > 1) specs.push_back({3'600'000, 10'000, usual});
    }

    // A thousand readings of all series in turn, a second apart.
    void take_batch()
    {
        batch.readings.clear();
        for (std::size_t i = 0; i < batch_readings; ++i) {
            next = next == last ? 1 : next + 1;
            if (next == 1) now_ms += 1000;
            const store::Reading reading{next, now_ms, static_cast<double>(i), 0};
            sums->add(reading, specs, {now_ms, true}, batch);
        }
        if (sums->due({now_ms, true})) sums->close_due({now_ms, true}, batch);
        sums->save();
        committed = {{1, ++tail}};
        log->seal(committed.front());
    }

    store::SeriesId last;  // of devices; behind it is what windows make
    std::optional<tests::TempDir> directory;
    store::SeriesTable table;
    DerivedSeries derived{table, 10'000'000};
    store::IntakePositions committed;
    std::optional<StateLog> log;
    std::optional<Windows> sums;
    std::vector<WindowSpec> specs;
    store::Batch batch;
    store::SeriesId next = 0;
    std::int64_t now_ms = begin_ms;
    std::uint64_t tail = 0;
};

void windows(benchmark::State& state)
{
    House house(static_cast<std::size_t>(state.range(0)), state.range(1));
    for (auto _ : state) house.take_batch();
    const auto readings = static_cast<double>(state.iterations()) * batch_readings;
    state.counters["reading"] =
        benchmark::Counter(readings, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
// Series; windows of each.
BENCHMARK(windows)->ArgsProduct({{10, 1000, 10'000}, {0, 1, 2}});

void windows_memory(benchmark::State& state)
{
    double bytes = 0;
    for (auto _ : state) {
        House house(10'000, 2);
        house.take_batch();
        const auto before = ::mallinfo2().uordblks;
        house.specs.push_back({7'200'000, 10'000, usual});
        for (int i = 0; i < 10; ++i) house.take_batch();
        bytes = static_cast<double>(::mallinfo2().uordblks - before);
    }
    // The other two windows of 9,000 of the series are in it, too.
    state.counters["bytes_a_window"] = bytes / (10'000 + 2 * 9'000);
}
BENCHMARK(windows_memory)->Iterations(1);

}  // namespace
}  // namespace tidegate::gateway
