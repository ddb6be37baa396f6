#include "web/server/export.hpp"

#include "base/clock.hpp"
#include "base/time_text.hpp"
#include "base/topic_filter.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/config/load.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t show_every_ms = 200;

// Where the text goes: a file that is named, or stdout.
class Output {
public:
    static Result<Output> open(const std::filesystem::path& file)
    {
        if (file.empty()) return Output(STDOUT_FILENO, "standard output");
        const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (descriptor < 0)
            return Error{ErrorKind::denied, fmt::format("{}: {}", file.string(), std::strerror(errno))};
        return Output(descriptor, file);
    }

    // The number of the error; 0: all is written.
    int write(std::string_view text)
    {
        while (!text.empty()) {
            const auto n = ::write(descriptor_, text.data(), text.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return errno;
            text.remove_prefix(static_cast<std::size_t>(n));
            bytes_ += static_cast<std::uint64_t>(n);
        }
        return 0;
    }

    // Some file systems say only now that there was no room.
    int close() { return ::close(std::exchange(descriptor_, -1)) == 0 ? 0 : errno; }

    // A part of a file is worth less than the room that it takes on a full disk.
    std::string_view give_up()
    {
        struct stat status {};
        if (name_.empty() || ::lstat(name_.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
        return ::unlink(name_.c_str()) == 0 ? "; the part that was written is removed" : "";
    }

    const std::string& name() const { return name_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    Output(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

    int descriptor_;
    std::string name_;
    std::uint64_t bytes_ = 0;
};

// What is written over on a terminal; nothing where nobody looks, nor where the text itself goes by.
class Progress {
public:
    explicit Progress(bool to_stdout)
        : shown_(::isatty(STDERR_FILENO) == 1 && !(to_stdout && ::isatty(STDOUT_FILENO) == 1))
    {
    }

    void show(const web::Export& text, std::uint64_t bytes)
    {
        if (!shown_ || boot_ms() < next_ms_) return;
        next_ms_ = boot_ms() + show_every_ms;
        print(text, bytes);
    }

    void clear() const
    {
        if (shown_) fmt::print(stderr, "\r\033[K");
    }

    void end(const web::Export& text, std::uint64_t bytes)
    {
        if (!shown_) return;
        print(text, bytes);
        fmt::print(stderr, "\n");
    }

private:
    static void print(const web::Export& text, std::uint64_t bytes)
    {
        fmt::print(stderr, "\r{:3.0f} %  {:>12} readings  {:>9.1f} MB", text.archive().done() * 100,
                   text.readings(), static_cast<double>(bytes) / 1e6);
        if (text.rollups() > 0) fmt::print(stderr, "  {:>9} minutes and hours", text.rollups());
        std::fflush(stderr);
    }

    bool shown_;
    std::int64_t next_ms_ = boot_ms() + 2 * show_every_ms;
};

int fail(std::string_view why)
{
    fmt::print(stderr, "export: {}\n", why);
    return 1;
}

// While no gateway runs, SQLite makes the index of a WAL anew, beside it.
std::string hint_for(const Error& error, const std::string& directory)
{
    const bool refused = error.kind == ErrorKind::denied || error.kind == ErrorKind::unavailable;
    if (!refused || ::access(directory.c_str(), W_OK) == 0) return {};
    return fmt::format("; run this as the owner of {}", directory);
}

std::string name_of(const store::Series& series)
{
    return series.topic + "#" + series.field;
}

// "topic" stands for "topic#", the series of a bare value. A topic has no '#' in it.
std::string full_name(const std::string& series)
{
    return series.find('#') == std::string::npos ? series + "#" : series;
}

Result<store::ArchiveQuery> query_of(const ExportOptions& options)
{
    store::ArchiveQuery query;
    const auto now = wall_ms();
    for (const auto& [name, text, time] :
         {std::tuple{"--from", &options.from, &query.from_ms}, {"--to", &options.to, &query.to_ms}}) {
        if (text->empty()) continue;
        const auto parsed = parse_time(*text, now);
        if (!parsed)
            return Error{ErrorKind::invalid,
                         fmt::format("{} {}: not a time; as 2026-11-24T15:00:00Z, 2026-11-24, -24h, now, or "
                                     "milliseconds since 1970",
                                     name, *text)};
        *time = *parsed;
    }
    if (query.from_ms >= query.to_ms) return Error{ErrorKind::invalid, "--from must be before --to"};
    for (const auto& filter : options.topics)
        if (!valid_filter(filter))
            return Error{
                ErrorKind::invalid,
                fmt::format("--topic {}: not an MQTT topic filter, as plant/+/temperature or plant/#",
                            filter)};
    if (options.series.empty() && options.topics.empty()) return query;
    query.wanted = [&options](const store::Series& series) {
        const auto named = [&](const std::string& one) { return full_name(one) == name_of(series); };
        const auto filtered = [&](const std::string& one) { return matches(one, series.topic); };
        return std::any_of(options.series.begin(), options.series.end(), named) ||
               std::any_of(options.topics.begin(), options.topics.end(), filtered);
    };
    return query;
}

// What was asked for by name and is not there. Empty: all is.
std::string missing(const ExportOptions& options, const std::vector<store::Series>& series)
{
    for (const auto& one : options.series) {
        const bool there = std::any_of(series.begin(), series.end(),
                                       [&](auto& known) { return name_of(known) == full_name(one); });
        if (!there) return fmt::format("there is no series {}", full_name(one));
    }
    if (series.empty() && !options.topics.empty()) return "no series has a topic that matches";
    return {};
}

// Writes all of it. 0, or the exit status of what went wrong and was said.
int write_all(web::Export& text, Output& output, Progress& progress)
{
    int failed = 0;
    while (!text.ended() && failed == 0) {
        auto piece = text.next({});
        if (!piece) {
            progress.end(text, output.bytes());
            return fail(fmt::format("{}; what is written is not all", piece.error().what));
        }
        failed = output.write(*piece);
        progress.show(text, output.bytes());
    }
    if (failed == 0) failed = output.close();
    if (failed == EPIPE) {  // who reads has seen enough
        progress.clear();
        return 0;
    }
    progress.end(text, output.bytes());
    if (failed == 0) return 0;
    const auto removed = output.give_up();
    return fail(fmt::format("{}: {}{}", output.name(), std::strerror(failed), removed));
}

}  // namespace

int export_command(const ExportOptions& options)
{
    const auto loaded = load_config(options.config);
    for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem);
    if (!loaded.problems.empty()) return exit_bad_config;
    const auto query = query_of(options);
    if (!query) return fail(query.error().what);
    const auto& directory = loaded.config.gateway.state_directory;
    auto archive = store::Archive::open(directory, *query);
    if (!archive) return fail(archive.error().what + hint_for(archive.error(), directory));
    if (const auto what = missing(options, (*archive)->series()); !what.empty()) return fail(what);
    auto output = Output::open(options.output);
    if (!output) return fail(output.error().what);

    std::signal(SIGPIPE, SIG_IGN);
    web::Export text(std::move(*archive), *web::export_format(options.format));
    Progress progress(options.output.empty());
    const auto status = write_all(text, *output, progress);
    for (const auto& line : text.archive().damage()) fmt::print(stderr, "export: {}\n", line);
    return status == 0 && !text.archive().damage().empty() ? 1 : status;
}

}  // namespace tidegate::gateway
