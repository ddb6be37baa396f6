// What a reading costs in the log and in history: encoding and decoding a commit group and a chunk, and the
// bytes it takes.
#include "store/batch_codec.hpp"
#include "store/chunk_codec.hpp"

#include <benchmark/benchmark.h>
#include <cmath>
#include <random>

namespace tidegate::store {
namespace {

// Sensors with one decimal that wander, each heard about once a second with some jitter.
std::vector<Reading> commit_group(std::size_t series, std::size_t each)
{
    std::mt19937 random(1);
    std::vector<Reading> readings;
    for (std::size_t s = 1; s <= series; ++s) {
        auto time = 1'764'000'000'000 + static_cast<std::int64_t>(random() % 1000);
        auto tenths = 200 + static_cast<int>(random() % 50);
        for (std::size_t i = 0; i < each; ++i) {
            time += 950 + static_cast<std::int64_t>(random() % 100);
            tenths += static_cast<int>(random() % 5) - 2;
            readings.push_back({static_cast<SeriesId>(s), time, tenths / 10.0, 0});
        }
    }
    return readings;
}

void encode_a_batch(benchmark::State& state)
{
    const auto readings =
        commit_group(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
    std::size_t bytes = 0;
    for (auto _ : state) bytes = encode_batch(readings, 1'000'000, {}).size();
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * readings.size()));
    state.counters["bytes/reading"] = static_cast<double>(bytes) / static_cast<double>(readings.size());
}
BENCHMARK(encode_a_batch)->Args({250, 1})->Args({1000, 1})->Args({1000, 5});

void decode_a_batch(benchmark::State& state)
{
    const auto readings =
        commit_group(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
    const auto blob = encode_batch(readings, 1'000'000, {});
    for (auto _ : state) benchmark::DoNotOptimize(decode_batch(blob, 1'000'000));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * readings.size()));
}
BENCHMARK(decode_a_batch)->Args({250, 1})->Args({1000, 1})->Args({1000, 5});

// A sensor that wanders, with so many decimals, heard every ten seconds by a clock that jitters by so many
// ms.
std::vector<Point> sensor(std::size_t count, int decimals, double jitter_ms)
{
    std::mt19937 random(1);
    std::normal_distribution<double> noise;
    std::vector<Point> points;
    double walk = 200;
    for (std::size_t i = 0; i < count; ++i) {
        walk += 0.3 * noise(random);
        const auto time = 1'764'000'000'000 + static_cast<std::int64_t>(i) * 10'000 +
                          std::llround(jitter_ms * noise(random));
        points.push_back(
            {time, static_cast<double>(std::llround(walk + noise(random))) / std::pow(10, decimals), 0});
    }
    return points;
}

std::string chunk_of(std::span<const Point> points)
{
    std::string bytes;
    ChunkEncoder(points.front().time_ms).add(points, bytes);
    return bytes;
}

void encode_a_chunk(benchmark::State& state)
{
    const auto points = sensor(4000, 1, static_cast<double>(state.range(0)));
    std::size_t bytes = 0;
    for (auto _ : state) bytes = chunk_of(points).size();
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * points.size()));
    state.counters["bytes/reading"] = static_cast<double>(bytes) / static_cast<double>(points.size());
}
BENCHMARK(encode_a_chunk)->Arg(0)->Arg(50);

void decode_a_chunk(benchmark::State& state)
{
    const auto points = sensor(4000, 1, static_cast<double>(state.range(0)));
    const auto bytes = chunk_of(points);
    std::vector<Point> back;
    for (auto _ : state) {
        back.clear();
        benchmark::DoNotOptimize(decode_chunk(bytes, points.front().time_ms, points.size(), back));
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * points.size()));
}
BENCHMARK(decode_a_chunk)->Arg(0)->Arg(50);

}  // namespace
}  // namespace tidegate::store
