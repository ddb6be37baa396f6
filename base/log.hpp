#pragma once

#include <fmt/core.h>
#include <string>
#include <string_view>

// One line an event, "event key=value …", on stderr. Under systemd the line carries its journal priority
// (sd-daemon(3)); on a terminal it carries the time and, for trouble, a colour. Any thread.
namespace tidegate::log {

enum class Level {
    error,    // something was lost, or cannot be served
    warning,  // the other side misbehaved, or a limit was met
    info,     // a state changed: connected, opened, recovered
};

void write(Level level, std::string_view line);

// Makes a foreign text fit for a log line: control characters are escaped, the length is bounded.
std::string quoted(std::string_view text);

template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args)
{
    write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args)
{
    write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args)
{
    write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tidegate::log
