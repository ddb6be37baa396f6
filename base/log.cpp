#include "base/log.hpp"

#include "base/journal.hpp"

#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace tidegate::log {

namespace {

enum class Reader { journal, terminal, pipe };

Reader reader()
{
    // Asked once: where stderr goes does not change while we run.
    static const Reader where = [] {
        if (std::getenv("JOURNAL_STREAM") != nullptr)
            return Reader::journal;  // NOLINT(concurrency-mt-unsafe)
        return isatty(STDERR_FILENO) == 1 ? Reader::terminal : Reader::pipe;
    }();
    return where;
}

std::string time_of_day()
{
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

std::string_view word(Level level)
{
    switch (level) {
    case Level::error: return "error ";
    case Level::warning: return "warning ";
    case Level::info: return "";
    }
    return "";
}

int priority(Level level)  // syslog(3)
{
    switch (level) {
    case Level::error: return 3;
    case Level::warning: return 4;
    case Level::info: return 6;
    }
    return 6;
}

std::string_view colour(Level level)
{
    switch (level) {
    case Level::error: return "\x1b[31m";
    case Level::warning: return "\x1b[33m";
    case Level::info: return "";
    }
    return "";
}

std::string dressed(Level level, std::string_view line)
{
    switch (reader()) {
    case Reader::journal: return fmt::format("<{}>{}\n", priority(level), line);
    case Reader::terminal:
        return fmt::format("\x1b[2m{}\x1b[0m {}{}{}\x1b[0m\n", time_of_day(), colour(level), word(level),
                           line);
    case Reader::pipe: return fmt::format("{} {}{}\n", time_of_day(), word(level), line);
    }
    return {};
}

}  // namespace

void write(Level level, std::string_view line)
{
    if (reader() == Reader::journal && send_to_journal(line, priority(level))) return;
    const auto text = dressed(level, line);
    // One write(2) a line, so that lines of several threads do not mix.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string quoted(std::string_view text)
{
    constexpr std::size_t most = 200;
    std::string out = "\"";
    for (const char c : text.substr(0, most)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            out += fmt::format("\\x{:02x}", byte);
        else if (c == '"' || c == '\\')
            out += {'\\', c};
        else
            out += c;
    }
    return out + (text.size() > most ? "…\"" : "\"");
}

}  // namespace tidegate::log
