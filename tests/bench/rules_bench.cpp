// What rules and series cost a message: through the whole pipeline, from the intake ring to the store.
#include "bridge/intake_ring.hpp"
#include "gateway/message_log.hpp"
#include "gateway/pipeline.hpp"
#include "support/temp_dir.hpp"

#include <benchmark/benchmark.h>
#include <chrono>
#include <ctime>
#include <fstream>
#include <malloc.h>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace tidegate::gateway {
namespace {

constexpr std::size_t handful = 50'000;  // messages between two looks at the clock

double cpu_seconds(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// On a CPU, of the thread of this name (schedstat's nanoseconds).
double thread_seconds(const std::string& name)
{
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string found;
        std::ifstream(task.path() / "comm") >> found;
        if (found != name) continue;
        double nanoseconds = 0;
        std::ifstream(task.path() / "schedstat") >> nanoseconds;
        return nanoseconds * 1e-9;
    }
    return 0;
}

double heap_bytes()
{
    const auto info = ::mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
}

// A gateway without a network: its ring is filled by the benchmark.
class House {
public:
    House(std::size_t series, std::vector<Rule> rules)
    {
        for (std::size_t i = 0; i < series; ++i)
            topics_.push_back("plant/hall" + std::to_string(i % 40) + "/machine" + std::to_string(i) +
                              "/power");
        store::StoreOptions where;
        where.directory = directory_ / "data";
        store_ = store::Store::open(where).value();
        PipelineOptions options;
        options.series = 1'000'000;
        options.rules = std::move(rules);
        options.runtime_directory = directory_ / "run";
        options.messages = &messages_;
        pipeline_ = std::make_unique<Pipeline>(std::vector{ring_.get()}, *store_, options);
        pipeline_->start();
        for (std::size_t i = 0; i < std::max<std::size_t>(series, handful); ++i) push(topics_[i % series]);
        finish();
    }
    ~House()
    {
        pipeline_.reset();
        store_.reset();
    }

    // Messages in an order that no cache has seen coming.
    void fill()
    {
        for (std::size_t i = 0; i < handful; ++i) push(topics_[random_() % topics_.size()]);
    }

    void finish()
    {
        while (pipeline_->messages() < pushed_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (const auto done = store_->flush(); !done) std::abort();
    }

private:
    void push(const std::string& topic)
    {
        time_ += 10;
        const auto payload = std::to_string(20 + static_cast<int>(random_() % 100));
        ring_->push({.topic = topic, .payload = payload, .arrived_ms = time_}, {});
        ++pushed_;
    }

    tests::TempDir directory_;
    std::unique_ptr<bridge::IntakeRing> ring_ =
        bridge::IntakeRing::open(directory_ / "ring", 64UL << 20U).value();
    MessageLog messages_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<Pipeline> pipeline_;
    std::vector<std::string> topics_;
    std::minstd_rand random_{1};
    std::int64_t time_ = 1'764'000'000'000;
    std::uint64_t pushed_ = 0;
};

// Rules as a house has them: each of one machine, and one for all the others.
std::vector<Rule> rules(std::size_t count)
{
    std::vector<Rule> made;
    for (std::size_t i = 0; i + 1 < count; ++i) {
        auto& rule = made.emplace_back();
        rule.topic = "plant/+/machine" + std::to_string(i) + "/#";
        rule.deadband = Deadband{0.5, false};
    }
    auto& last = made.emplace_back();
    last.topic = "plant/#";
    last.deadband = Deadband{0.5, false};
    return made;
}

void measure(benchmark::State& state, House& house)
{
    double pipeline = 0, all = 0;
    for (auto _ : state) {
        const auto before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
        const auto pipeline_before = thread_seconds("tg-pipeline");
        const auto own_before = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
        house.fill();
        house.finish();
        pipeline += thread_seconds("tg-pipeline") - pipeline_before;
        const auto used = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - before -
                          (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - own_before);
        all += used;
        state.SetIterationTime(used);
    }
    const auto messages = static_cast<double>(state.iterations()) * static_cast<double>(handful);
    state.counters["pipeline_ns"] = pipeline / messages * 1e9;
    state.counters["with_store_ns"] = all / messages * 1e9;
}

// CPU a message, of the pipeline's thread and with the store's; the filling is not counted.
void rules_a_message(benchmark::State& state)
{
    House house(1000, rules(static_cast<std::size_t>(state.range(0))));
    measure(state, house);
}
BENCHMARK(rules_a_message)->Arg(1)->Arg(1000)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(20);

void series_a_message(benchmark::State& state)
{
    const auto before = heap_bytes();
    const auto series = static_cast<std::size_t>(state.range(0));
    House house(series, rules(1));
    state.counters["heap_bytes_a_series"] = (heap_bytes() - before) / static_cast<double>(series);
    measure(state, house);
}
BENCHMARK(series_a_message)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(100'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(20);

}  // namespace
}  // namespace tidegate::gateway
