#include "store_feed.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <thread>

namespace tidegate::bench {

namespace {

using store::Batch;
using store::Store;
using store::StoreOptions;

constexpr std::uint64_t generated_at_once = 200'000;
constexpr std::chrono::hours never{1000};

std::filesystem::path note_of(const std::filesystem::path& directory)
{
    return directory.string() + ".stream";
}

struct Ready {
    Batch batch;
    std::int64_t at_ms = 0;
};

std::vector<Ready> generate(Workload& workload,
                            std::uint64_t readings,
                            const Pace& pace,
                            std::uint64_t& number)
{
    std::vector<Ready> block;
    while (readings > 0) {
        const auto now = std::min<std::uint64_t>(readings, pace.batch);
        Ready ready;
        workload.next(now, ready.batch.readings);
        ready.at_ms = workload.now_ms();
        auto& books = ready.batch.books;
        books.received = books.stored_messages = books.read = books.stored_readings = now;
        ++number;
        if (pace.numbered) ready.batch.intake = {1, number};
        block.push_back(std::move(ready));
        readings -= now;
    }
    return block;
}

}  // namespace

Stream Stream::begin(const std::filesystem::path& directory, Profile profile, std::uint64_t seed)
{
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
    return {directory, profile, seed};
}

bool Stream::exists(const std::filesystem::path& directory)
{
    return std::filesystem::exists(note_of(directory));
}

Result<Stream> Stream::resume(const std::filesystem::path& directory)
{
    std::ifstream note(note_of(directory));
    char profile = 0;
    std::uint64_t seed = 0, given = 0;
    if (!(note >> profile >> seed >> given))
        return Error{ErrorKind::not_found, directory.string() + ": nothing was fed there"};
    Stream stream(directory, static_cast<Profile>(profile), seed);
    stream.workload_.skip(given);
    return stream;
}

void Stream::save() const
{
    std::ofstream(note_of(directory_))
        << fmt::format("{} {} {}\n", static_cast<char>(profile_), seed_, workload_.given());
}

StoreOptions commits_of(std::size_t readings)
{
    StoreOptions options;
    options.commit_readings = readings;
    options.commit_interval = never;
    return options;
}

void keep_hot(StoreOptions& options, std::size_t readings)
{
    options.hot_readings = std::max(options.hot_readings, readings);
}

Result<std::unique_ptr<Store>> open_store(Stream& stream, StoreOptions options)
{
    options.directory = stream.directory();
    options.clock.synchronised = [] { return true; };  // by a clock that is not set nothing would be too old
    set_wall_clock_ms(stream.workload().now_ms());
    auto store = Store::open(std::move(options));
    if (!store) return store;
    auto& series = (*store)->series();
    while (series.last() < Workload::series_count) series.add(Workload::describe(series.last() + 1));
    return store;
}

Result<Fed> feed(Store& store,
                 Stream& stream,
                 std::uint64_t readings,
                 const Pace& pace,
                 const std::string& what,
                 const std::function<void(std::uint64_t)>& appended)
{
    Progress progress(what);
    auto& workload = stream.workload();
    const auto per_block = pace.rate > 0 ? std::clamp<std::uint64_t>(static_cast<std::uint64_t>(pace.rate),
                                                                     pace.batch, generated_at_once)
                                         : generated_at_once;
    const auto cpu = process_cpu_seconds(), start = wall_seconds();
    const auto began = std::chrono::steady_clock::now();
    double generating = 0;
    std::uint64_t fed = 0, number = 0;
    while (fed < readings) {
        const auto before = thread_cpu_seconds();
        const auto first = number;
        auto block = generate(workload, std::min(readings - fed, per_block), pace, number);
        generating += thread_cpu_seconds() - before;
        for (std::size_t i = 0; i < block.size(); ++i) {
            const auto size = block[i].batch.readings.size();
            if (pace.rate > 0)
                std::this_thread::sleep_until(
                    began + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                std::chrono::duration<double>(static_cast<double>(fed) / pace.rate)));
            set_wall_clock_ms(block[i].at_ms);
            if (appended) appended(first + i + 1);
            store.append(std::move(block[i].batch), {});
            fed += size;
        }
        progress.at(static_cast<double>(fed) / static_cast<double>(readings),
                    fmt::format("{:.0f} readings/s", static_cast<double>(fed) / (wall_seconds() - start)));
    }
    if (auto done = store.flush(); !done) return done.error();
    return Fed{fed, wall_seconds() - start, process_cpu_seconds() - cpu - generating};
}

}  // namespace tidegate::bench
