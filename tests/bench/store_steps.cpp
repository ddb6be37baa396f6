#include "store_steps.hpp"

#include "measure.hpp"
#include "store_feed.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace tidegate::bench {

namespace {

using store::HistoryQuery;
using store::SeriesId;
using store::Store;
using store::StoreOptions;

constexpr std::int64_t hour_ms = 3'600'000, day_ms = 24 * hour_ms;
constexpr std::chrono::milliseconds every_tenth_commit{10};  // at the speed of a fill, about
constexpr double million = 1e6;
constexpr double megabyte = 1e6;

std::string letter(Profile profile)
{
    return std::string(1, static_cast<char>(profile));
}

double per(double amount, std::uint64_t readings)
{
    return amount / static_cast<double>(readings);
}

// Starts this program again with other arguments, and waits for it.
Result<> run_self(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "/proc/self/exe");
    if (const auto status = run_program(arguments); status != 0)
        return Error{ErrorKind::internal, fmt::format("{} ended with {}", arguments[1], status)};
    return {};
}

// How many readings history counts in all series of numbers and booleans.
Result<std::uint64_t> counted_by_history(Store& store, Workload& workload)
{
    Progress progress("counting what history gives back");
    std::uint64_t sum = 0;
    for (SeriesId id = 1; id <= Workload::series_count; ++id) {
        progress.at(per(id, Workload::series_count));
        if (workload.shape(id).kind == Kind::text) continue;
        auto history =
            store.history({{id}, Workload::start_ms, (workload.now_ms() / day_ms + 1) * day_ms, 10}, {});
        if (!history) return history.error();
        for (const auto& series : history->series) {
            if (series.raw) sum += series.t.size();
            for (const auto count : series.count) sum += count;
        }
    }
    return sum;
}

void report_space(const Place& place,
                  Profile profile,
                  const std::filesystem::path& directory,
                  std::uint64_t readings)
{
    const auto kinds = space_of(directory);
    auto tiers = kinds;
    std::erase_if(tiers, [](const auto& kind) {
        static constexpr std::array others{"log", "log-wal", "lock", "ballast"};
        return kind.first.ends_with("-shm") ||
               std::find(others.begin(), others.end(), kind.first) != others.end();
    });
    auto results = place.results;
    results.add(ours, fmt::format("rest-{}", letter(profile)),
                per(static_cast<double>(sum(tiers).blocks), readings),
                fmt::format("{} readings; by st_size {:.2f}", grouped(static_cast<double>(readings)),
                            per(static_cast<double>(sum(tiers).length), readings)));
    results.add(ours, fmt::format("rest-all-{}", letter(profile)),
                per(static_cast<double>(sum(kinds).blocks), readings));
    std::string files;
    for (const auto& [kind, space] : kinds)
        files += fmt::format("{}{} {} ({})", files.empty() ? "" : ", ", kind,
                             grouped(static_cast<double>(space.blocks)),
                             grouped(static_cast<double>(space.length)));
    results.remark(
        fmt::format("{} at rest, bytes on disk (length) by kind of file: {}.", letter(profile), files));
}

// What it costs to close a store into which nothing was fed since it was opened.
Result<std::uint64_t> written_by_closing(Stream& stream, const StoreOptions& options, const Written& written)
{
    auto store = open_store(stream, options);
    if (!store) return store.error();
    if (auto done = (*store)->flush(); !done) return done.error();
    const auto before = written.bytes();
    store->reset();
    return written.bytes() - before;
}

std::size_t day_files(const std::filesystem::path& directory)
{
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("day") && name.ends_with(".db")) ++count;
    }
    return count;
}

struct Timed {
    double cpu_ms = 0;      // of the calling thread, the median
    double process_ms = 0;  // of the whole process
    std::size_t points = 0;
    std::int64_t resolution_ms = 0;
};

Result<Timed> time_query(Store& store, const HistoryQuery& query, std::size_t runs)
{
    Timed timed;
    std::vector<double> thread, process;
    for (std::size_t run = 0; run <= runs; ++run) {  // the first only warms up
        const auto thread_before = thread_cpu_seconds(), process_before = process_cpu_seconds();
        auto history = store.history(query, {});
        const auto thread_used = thread_cpu_seconds() - thread_before;
        if (!history) return history.error();
        timed.points = 0;
        timed.resolution_ms = history->resolution_ms;
        for (const auto& series : history->series) timed.points += series.t.size();
        if (run == 0) continue;
        thread.push_back(1000 * thread_used);
        process.push_back(1000 * (process_cpu_seconds() - process_before));
    }
    timed.cpu_ms = median(thread);
    timed.process_ms = median(process);
    return timed;
}

}  // namespace

Result<> measure_fill(const Place& place, Profile profile, std::uint64_t readings)
{
    auto results = place.results;
    auto stream = Stream::begin(place.directory / letter(profile), profile, place.seed);
    auto options = commits_of(1000);
    options.sync_interval = every_tenth_commit;
    auto store = open_store(stream, options);
    if (!store) return store.error();
    auto fed = feed(**store, stream, readings, {}, fmt::format("feeding {}", letter(profile)));
    if (!fed) return fed.error();
    const auto before = process_cpu_seconds();
    if (auto done = (*store)->seal_all(); !done) return done;
    if (auto done = (*store)->flush(); !done) return done;
    const auto sealing = process_cpu_seconds() - before;
    stream.save();

    const auto state = (*store)->state();
    const auto commits = static_cast<double>(std::max<std::uint64_t>(state.commits.count, 1));
    results.add(ours, fmt::format("cpu-{}", letter(profile)),
                per(fed->cpu_seconds + sealing, readings) * million,
                fmt::format("{} readings, {:.0f} a commit, {} readings/s",
                            grouped(static_cast<double>(readings)), static_cast<double>(readings) / commits,
                            grouped(static_cast<double>(readings) / fed->seconds)));
    report_space(place, profile, stream.directory(), readings);

    auto counted = counted_by_history(**store, stream.workload());
    if (!counted) return counted.error();
    const auto expected = stream.workload().distinct_numbers();
    results.remark(fmt::format(
        "{}: history counts {} readings of numbers and booleans; {} different ones were fed.",
        letter(profile), grouped(static_cast<double>(*counted)), grouped(static_cast<double>(expected))));
    // A repeat that was sealed in another round than the first counts once more in minutes and hours.
    if (*counted < expected || *counted > readings)
        return Error{ErrorKind::internal,
                     fmt::format("history counts {} readings, {} were fed", *counted, expected)};
    return {};
}

Result<> measure_written(const Place& place, const WrittenPlan& plan)
{
    auto results = place.results;
    const auto name = fmt::format("written-{}", plan.commit);
    const auto readings = static_cast<std::uint64_t>(plan.rate * plan.seconds);
    const Written written(place.directory);
    const auto directory = place.directory / name;
    const Pace paced{plan.commit, plan.rate};
    auto stream = Stream::begin(directory, Profile::spread, place.seed);

    // So much is in memory when it seals, as it would be if this went on for hours: what sealing costs a
    // reading depends on it.
    const auto hot =
        std::max<std::uint64_t>(plan.hot == 0 ? StoreOptions{}.hot_readings / 10 * 9 : plan.hot, readings);
    {
        auto options = commits_of(1000);
        keep_hot(options, hot * 2);
        auto store = open_store(stream, options);
        if (!store) return store.error();
        if (auto done = feed(**store, stream, hot - readings, {}, "preparing"); !done) return done.error();
    }
    auto options = commits_of(plan.commit);
    keep_hot(options, hot * 2);
    // Opening leaves behind something to be checkpointed, which is not the readings' fault.
    auto closing = written_by_closing(stream, options, written);
    if (!closing) return closing.error();
    const auto paid = [&](std::uint64_t before) {
        const auto all = written.bytes() - before;
        return all - std::min(all, *closing);
    };
    std::uint64_t log_bytes = 0, seal_bytes = 0;
    {
        auto store = open_store(stream, options);
        if (!store) return store.error();
        if (auto done = (*store)->flush(); !done) return done;
        const auto before = written.bytes();
        auto fed = feed(**store, stream, readings, paced,
                        fmt::format("{:.0f} readings/s, {} a commit", plan.rate, plan.commit));
        if (!fed) return fed.error();
        const auto commits = (*store)->state().commits.count;
        store->reset();
        log_bytes = paid(before);
        results.add(ours, fmt::format("paced-cpu-{}", plan.commit), per(fed->cpu_seconds, readings) * million,
                    "without sealing, timers and syncs in it");
        results.add(ours, fmt::format("written-log-{}", plan.commit),
                    per(static_cast<double>(log_bytes), readings),
                    fmt::format("{} readings in {:.0f} s, {:.0f} a commit",
                                grouped(static_cast<double>(readings)), fed->seconds,
                                static_cast<double>(readings) /
                                    static_cast<double>(std::max<std::uint64_t>(commits, 1))));
    }
    {
        auto store = open_store(stream, options);
        if (!store) return store.error();
        if (auto done = (*store)->flush(); !done) return done;
        const auto before = written.bytes();
        if (auto done = (*store)->seal_all(); !done) return done;
        if (auto done = (*store)->flush(); !done) return done;
        store->reset();
        seal_bytes = paid(before);
    }
    const auto sum =
        per(static_cast<double>(log_bytes), readings) + per(static_cast<double>(seal_bytes), hot);
    results.add(ours, fmt::format("written-seal-{}", plan.commit), per(static_cast<double>(seal_bytes), hot),
                fmt::format("{} readings sealed at once", grouped(static_cast<double>(hot))));
    results.add(ours, name, sum, written.means());
    std::filesystem::remove_all(directory);
    if (plan.steady_seconds <= 0) return {};

    const auto all = static_cast<std::uint64_t>(plan.rate * plan.steady_seconds);
    auto again = Stream::begin(directory, Profile::spread, place.seed);
    auto store = open_store(again, commits_of(plan.commit));
    if (!store) return store.error();
    if (auto done = (*store)->flush(); !done) return done;
    const auto before = written.bytes();
    auto fed = feed(**store, again, all, paced, "the same, sealing beside it");
    if (!fed) return fed.error();
    if (auto done = (*store)->seal_all(); !done) return done;
    if (auto done = (*store)->flush(); !done) return done;
    store->reset();
    results.add(ours, fmt::format("written-steady-{}", plan.commit),
                per(static_cast<double>(paid(before)), all),
                fmt::format("{} readings in {:.0f} s", grouped(static_cast<double>(all)), fed->seconds));
    std::filesystem::remove_all(directory);
    return {};
}

Result<> measure_queries(const Place& place, std::size_t runs)
{
    auto results = place.results;
    auto stream = Stream::resume(place.directory / "L");
    if (!stream) return stream.error();
    auto store = open_store(*stream, {});
    if (!store) return store.error();

    const auto [day_from, month_from, month_to] = query_ranges(stream->workload().now_ms());
    std::vector<SeriesId> ten;
    for (SeriesId id = 1; id <= Workload::fast_series; ++id) ten.push_back(id);
    const struct {
        std::string key;
        HistoryQuery query;
    } asked[] = {{"day-1", {{1}, day_from, day_from + day_ms, 1000}},
                 {"day-10", {ten, day_from, day_from + day_ms, 1000}},
                 {"month-1", {{1}, month_from, month_to, 1000}}};
    for (const auto& [key, query] : asked) {
        auto timed = time_query(**store, query, runs);
        if (!timed) return timed.error();
        results.add(
            ours, key, timed->cpu_ms,
            fmt::format("{} points, {} ms wide; {:.1f} days; whole process {:.2f} ms; {} runs", timed->points,
                        timed->resolution_ms,
                        static_cast<double>(query.to_ms - query.from_ms) / static_cast<double>(day_ms),
                        timed->process_ms, runs));
    }
    return {};
}

Result<> measure_ready(const Place& place, std::uint64_t unsealed, std::size_t runs)
{
    auto results = place.results;
    const auto directory = place.directory / "S", note = place.directory / "opened";
    if (auto done =
            run_self({"feed-and-die", directory, "--readings", std::to_string(unsealed), "--results", note});
        !done)
        return done;
    std::vector<double> warm, cold, cpu;
    std::string state;
    for (std::size_t run = 0; run < 2 * runs; ++run) {
        const bool drop = run >= runs;
        if (drop) {
            if (::geteuid() != 0) break;
            ::sync();
            std::ofstream("/proc/sys/vm/drop_caches") << "3\n";
        }
        std::filesystem::remove(note);
        if (auto done = run_self({"open-and-die", directory, "--results", note}); !done) return done;
        const Results opened(note);
        (drop ? cold : warm).push_back(opened.get(ours, "opened").value_or(0));
        if (!drop) cpu.push_back(opened.get(ours, "opened-cpu").value_or(0));
    }
    auto stream = Stream::resume(directory);
    if (!stream) return stream.error();
    results.add(ours, "ready-warm", median(warm),
                fmt::format("{} readings, {} of them not sealed; median of {}",
                            grouped(static_cast<double>(stream->workload().given())),
                            grouped(static_cast<double>(unsealed)), runs));
    results.add(ours, "ready-cpu", median(cpu));
    if (!cold.empty()) results.add(ours, "ready-cold", median(cold));
    return {};
}

Result<> measure_memory(const Place& place, double hours, double speed)
{
    auto results = place.results;
    auto stream = Stream::resume(place.directory / "S");
    if (!stream) return stream.error();
    const auto rate = stream->workload().readings_a_second();
    const auto hourly = static_cast<std::uint64_t>(rate * 3600);
    forget_most();
    const auto before = memory_of();
    auto store = open_store(*stream, commits_of(static_cast<std::size_t>(rate)));
    if (!store) return store.error();
    // Every second one commit, as it would be with the default commit interval or a little more.
    std::vector<double> resident, anonymous;
    const auto steps = static_cast<std::size_t>(std::lround(hours * 12));
    Progress progress("feeding an hour after an hour");
    for (std::size_t step = 0; step < steps; ++step) {
        auto fed = feed(**store, *stream, hourly / 12, {static_cast<std::size_t>(rate), rate * speed}, "");
        if (!fed) return fed.error();
        const auto now = memory_of();
        resident.push_back(static_cast<double>(now.resident - before.resident) / megabyte);
        anonymous.push_back(static_cast<double>(now.anonymous - before.anonymous) / megabyte);
        progress.at(per(static_cast<double>(step + 1), steps), fmt::format("{:.1f} MB", resident.back()));
    }
    const auto most = memory_of().most;
    const auto most_of_last_hour = [](const std::vector<double>& samples) {
        return *std::max_element(samples.end() - std::min<std::ptrdiff_t>(12, std::ssize(samples)),
                                 samples.end());
    };
    results.add(
        ours, "memory", most_of_last_hour(resident),
        fmt::format("the most of the last hour's samples, after {:.1f} hours of readings at {:.0f} times the "
                    "speed; anonymous {:.1f} MB",
                    hours, speed, most_of_last_hour(anonymous)));
    results.add(ours, "memory-most", static_cast<double>(most - before.resident) / megabyte,
                "VmHWM, opening included");
    stream->save();
    return {};
}

Result<> measure_replay(const Place& place, std::uint64_t readings, std::size_t runs)
{
    auto results = place.results;
    const auto directory = place.directory / "replay";
    std::filesystem::remove_all(directory);
    std::filesystem::remove(directory.string() + ".stream");
    const auto note = place.directory / "opened";
    if (auto done = run_self({"feed-and-die", directory, "--readings", std::to_string(readings), "--seed",
                              std::to_string(place.seed), "--hot", "--results", note});
        !done)
        return done;
    std::vector<double> wall, cpu;
    for (std::size_t run = 0; run < runs; ++run) {
        std::filesystem::remove(note);
        if (auto done = run_self(
                {"open-and-die", directory, "--results", note, "--hot", std::to_string(2 * readings)});
            !done)
            return done;
        const Results opened(note);
        wall.push_back(opened.get(ours, "opened").value_or(0));
        cpu.push_back(opened.get(ours, "opened-cpu").value_or(0));
        if (opened.get(ours, "last-seq") != static_cast<double>(readings))
            return Error{ErrorKind::internal, "not every reading came back after the crash"};
    }
    results.add(ours, "replay", per(median(wall), readings) * million,
                fmt::format("{} readings, page cache warm; median of {}",
                            grouped(static_cast<double>(readings)), runs));
    results.add(ours, "replay-cpu", per(median(cpu), readings) * million);
    std::filesystem::remove_all(directory);
    return {};
}

namespace {

struct Purged {
    std::uint64_t device = 0, store = 0;  // bytes
    double seconds = 0;
};

void pass(double seconds)
{
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

// The clock goes on past midnight, fast but without a leap, which might look like one that was set.
Result<Purged> purge_a_day(const Stream& stream, const Written& written, std::int64_t& now_ms)
{
    constexpr double step = 0.05, quiet = 5, longest = 150;  // s
    const auto files = day_files(stream.directory());
    const auto until_ms = (now_ms / day_ms + 1) * day_ms + hour_ms;
    const auto device = written.bytes(), passed = bytes_passed_to_write();
    const auto start = wall_seconds();
    while (day_files(stream.directory()) == files && wall_seconds() - start < longest) {
        if (now_ms < until_ms) set_wall_clock_ms(now_ms += hour_ms / 6);
        pass(step);
    }
    const auto gone = files - day_files(stream.directory());
    pass(quiet);
    if (gone != 1) return Error{ErrorKind::internal, fmt::format("{} days went instead of one", gone)};
    return Purged{written.bytes() - device, bytes_passed_to_write() - passed, wall_seconds() - start};
}

}  // namespace

Result<> measure_purge(const Place& place, double days)
{
    auto results = place.results;
    const Written written(place.directory);
    auto stream = Stream::begin(place.directory / "purge", Profile::ten_fast, place.seed);
    const auto readings =
        static_cast<std::uint64_t>(days * 24 * 3600 * stream.workload().readings_a_second());
    {
        auto store = open_store(stream, commits_of(5000));
        if (!store) return store.error();
        if (auto done = feed(**store, stream, readings, {5000}, "feeding days"); !done) return done.error();
        if (auto done = (*store)->seal_all(); !done) return done;
        if (auto done = (*store)->flush(); !done) return done;
    }
    const auto files = day_files(stream.directory());
    if (files < 3) return Error{ErrorKind::invalid, "too few days to purge two"};
    StoreOptions options;
    options.history_age = std::chrono::days(static_cast<int>(files) - 1);  // the oldest stays until midnight
    options.clock.synchronised = [] { return true; };  // by a clock that is not set nothing is too old
    auto store = open_store(stream, options);
    if (!store) return store.error();
    if (auto done = (*store)->flush(); !done) return done;
    constexpr double quiet = 5;  // s
    pass(quiet);
    const auto idle_from = written.bytes();
    pass(2 * quiet);
    const auto idle = written.bytes() - idle_from;

    auto now_ms = stream.workload().now_ms();
    auto first = purge_a_day(stream, written, now_ms);
    if (!first) return first.error();
    auto next = purge_a_day(stream, written, now_ms);
    if (!next) return next.error();
    results.add(ours, "purge", static_cast<double>(next->device),
                fmt::format("in {:.0f} s, {} in 10 s before; a day of {} readings; {}", next->seconds,
                            grouped(static_cast<double>(idle)), grouped(static_cast<double>(readings) / days),
                            written.means()));
    results.add(
        ours, "purge-store", static_cast<double>(next->store),
        fmt::format("passed to write(2), its line on stderr included; {} for the first day that goes, "
                    "when the file of gaps is made",
                    grouped(static_cast<double>(first->store))));
    store->reset();
    std::filesystem::remove_all(stream.directory());
    return {};
}

Result<> measure_commits(const Place& place, double seconds)
{
    auto results = place.results;
    constexpr double rate = 5000;
    constexpr std::size_t commit = 500;
    const auto readings = static_cast<std::uint64_t>(rate * seconds);
    auto stream = Stream::begin(place.directory / "commits", Profile::spread, place.seed);
    auto store = open_store(stream, commits_of(commit));
    if (!store) return store.error();

    // Batch number n was handed over at handed[n] and is committed when the writer says so.
    std::vector<double> handed(readings / commit + 2), took;
    std::atomic<std::uint64_t> told_through = 0;
    took.reserve(handed.size());
    std::atomic<bool> timing = false;
    (*store)->on_committed([&](const store::IntakePosition& position) {
        if (!timing) return;
        const auto now = wall_seconds();
        for (auto number = told_through + 1; number <= position.tail; ++number)
            took.push_back(1000 * (now - handed[number]));
        told_through = position.tail;
    });
    // The limit of what is kept in memory is met half-way, and the store begins to seal.
    const auto limit = StoreOptions{}.hot_readings;
    const auto prepared = limit > readings / 2 ? limit - readings / 2 : 0;
    if (auto done = feed(**store, stream, prepared, {5000}, "preparing"); !done) return done.error();

    const auto before = (*store)->state();
    timing = true;
    auto fed = feed(**store, stream, readings, {commit, rate, true}, "commits beside sealing",
                    [&](std::uint64_t number) { handed[number] = wall_seconds(); });
    if (!fed) return fed.error();
    const auto after = (*store)->state();
    const auto log_before = before.log_bytes, log_after = after.log_bytes;
    store->reset();

    std::sort(took.begin(), took.end());
    if (took.empty()) return Error{ErrorKind::internal, "no commit was told of"};
    const auto at = [&](double share) {
        return took[static_cast<std::size_t>(share * static_cast<double>(took.size() - 1))];
    };
    results.add(ours, "commit-p99", at(0.99),
                fmt::format("from handing over to committed, {} commits of {}; median {:.2f}", took.size(),
                            commit, at(0.5)));
    results.add(ours, "commit-most", took.back());
    std::string histogram;
    const auto& bounds = Durations::bounds;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        const auto count = after.commits.buckets[i] - before.commits.buckets[i];
        if (count == 0) continue;
        histogram += i < bounds.size() ? fmt::format("{}≤ {:g} ms: {}", histogram.empty() ? "" : ", ",
                                                     1000 * bounds[i], count)
                                       : fmt::format(", longer: {}", count);
    }
    results.remark(fmt::format(
        "Commits at 5,000/s for {:.0f} s, as the store counts them: {}. Meanwhile sealed history grew from "
        "{} to {} bytes and the log went from {} to {}.",
        seconds, histogram, grouped(static_cast<double>(before.history_bytes)),
        grouped(static_cast<double>(after.history_bytes)), grouped(static_cast<double>(log_before)),
        grouped(static_cast<double>(log_after))));
    std::filesystem::remove_all(stream.directory());
    return {};
}

Result<> feed_and_die(const std::filesystem::path& directory,
                      std::uint64_t readings,
                      bool keep_all_hot,
                      std::uint64_t seed)
{
    auto stream = Stream::exists(directory) ? Stream::resume(directory)
                                            : Stream::begin(directory, Profile::spread, seed);
    if (!stream) return stream.error();
    auto options = commits_of(1000);
    if (keep_all_hot) keep_hot(options, 2 * readings);
    auto store = open_store(*stream, options);
    if (!store) return store.error();
    if (auto done = feed(**store, *stream, readings, {}, "feeding, to be killed then"); !done)
        return done.error();
    stream->save();
    std::_Exit(0);
}

Result<> open_and_die(const std::filesystem::path& directory, std::size_t hot, Results& results)
{
    auto stream = Stream::resume(directory);
    if (!stream) return stream.error();
    StoreOptions options;
    if (hot > 0) keep_hot(options, hot);
    const auto cpu = process_cpu_seconds(), start = wall_seconds();
    auto store = open_store(*stream, options);
    const auto took = wall_seconds() - start, used = process_cpu_seconds() - cpu;
    if (!store) return store.error();
    const auto latest = (*store)->live().all().size();
    if (latest != Workload::series_count)
        return Error{ErrorKind::internal, fmt::format("only {} series have a latest value", latest)};
    results.add(ours, "opened", took);
    results.add(ours, "opened-cpu", used);
    results.add(ours, "last-seq", static_cast<double>((*store)->state().last_seq));
    std::_Exit(0);
}

}  // namespace tidegate::bench
