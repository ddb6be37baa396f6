#include "gateway/commands/accounts_desk.hpp"

#include "base/clock.hpp"
#include "base/time_text.hpp"
#include "base/utf8.hpp"
#include "gateway/config/load.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fmt/core.h>
#include <iostream>
#include <pwd.h>
#include <termios.h>

namespace tidegate::gateway {

namespace {

// The terminal shows nothing of what is typed, as long as this lives.
class Unseen {
public:
    Unseen()
    {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto unseen = before_;
        unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen) == 0;
    }
    ~Unseen()
    {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

std::string asked(const std::string& prompt)
{
    fmt::print(stderr, "{}: ", prompt);
    const Unseen unseen;
    std::string line;
    std::getline(std::cin, line);
    fmt::print(stderr, "\n");
    return line;
}

// Who runs this command.
std::string own_name()
{
    const char* behind_sudo = std::getenv("SUDO_USER");  // NOLINT(concurrency-mt-unsafe): no thread runs
    if (behind_sudo != nullptr && *behind_sudo != '\0') return behind_sudo;
    const auto* user = ::getpwuid(::geteuid());  // NOLINT(concurrency-mt-unsafe): likewise
    return user != nullptr ? user->pw_name : std::to_string(::geteuid());
}

// Columns as wide as what is in them.
void print_table(const std::vector<Row>& rows)
{
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += fmt::format("{:<{}}  ", shown(row[i]), widths[i]);
        line.erase(line.find_last_not_of(' ') + 1);
        fmt::print("{}\n", line);
    }
}

}  // namespace

int at_desk(const std::filesystem::path& config, const std::function<Result<>(AccountsDesk&)>& work)
{
    auto desk = AccountsDesk::open(config);
    const auto done = desk ? work(*desk) : Result<>(desk.error());
    if (!done) fmt::print(stderr, "tidegate: {}\n", done.error().what);
    return done ? 0 : 1;
}

Result<AccountsDesk> AccountsDesk::open(const std::filesystem::path& config)
{
    auto loaded = load_config(config);
    if (!loaded.problems.empty()) return Error{ErrorKind::invalid, loaded.problems.front()};
    AccountsDesk desk;
    desk.config_ = std::move(loaded.config);
    const std::filesystem::path directory = desk.config_.gateway.state_directory;
    std::error_code none;
    if (!std::filesystem::is_directory(directory, none))
        return Error{
            ErrorKind::not_found,
            fmt::format("{}: there is no state directory; has the gateway been started once, and is this "
                        "its configuration (-c)?",
                        directory.string())};
    if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0)
        return Error{
            ErrorKind::denied,
            fmt::format("{}: not yours to write; run it as the gateway's user: sudo -u tidegate tidegate …",
                        directory.string())};
    desk.book_ = std::make_unique<web::AccountBook>(directory);
    return desk;
}

void AccountsDesk::note(const std::string& what, const std::string& on, const std::string& detail)
{
    const auto done = book_->note({.at_ms = wall_ms(),
                                   .who = own_name(),
                                   .by = "console",
                                   .from = {},
                                   .what = what,
                                   .on = on,
                                   .result = "ok",
                                   .detail = detail});
    if (!done) fmt::print(stderr, "tidegate: not in the audit: {}\n", done.error().what);
}

Result<std::string> ask_password(const std::string& prompt)
{
    if (::isatty(STDIN_FILENO) == 1) {
        auto first = asked(prompt);
        if (asked("Once more") != first) return Error{ErrorKind::invalid, "these were two different ones"};
        return first;
    }
    std::string line;
    if (!std::getline(std::cin, line) || line.empty())
        return Error{ErrorKind::invalid, "the password is read from standard input: nothing came"};
    return line;
}

void print(const Listing& listing, bool as_json)
{
    if (as_json)
        fmt::print("{}\n", nlohmann::ordered_json{{listing.name, listing.objects}}.dump());
    else if (listing.objects.empty())
        fmt::print("{}\n", listing.none);
    else
        print_table(listing.table);
}

nlohmann::ordered_json json_time(std::int64_t time_ms)
{
    return time_ms == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(time_ms);
}

std::string time_text(std::int64_t time_ms)
{
    return time_ms == 0 ? "never"
                        : format_time(time_ms).substr(0, std::string_view("2026-11-24T15:00").size()) + "Z";
}

std::string scope_text(const web::Scope& scope)
{
    std::string text;
    for (const auto& filter : scope.filters) text += (text.empty() ? "" : " ") + filter;
    return text.empty() ? "-" : text;
}

web::Scope scope_of_arguments(const std::vector<std::string>& filters, const web::Scope& otherwise)
{
    if (filters.empty()) return otherwise;
    if (filters.size() == 1 && filters.front().empty()) return {};
    return {filters};
}

}  // namespace tidegate::gateway
