#include "base/clock.hpp"
#include "gateway/commands/accounts.hpp"
#include "gateway/commands/accounts_desk.hpp"
#include "web/accounts/accounts.hpp"
#include "web/accounts/secret.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <fmt/core.h>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t code_lives_ms = 30 * 60 * 1000;
constexpr std::int64_t worth_showing_ms = 5 * 60 * 1000;  // what lives shorter than that is made anew

Result<web::SetupCode> code_of(AccountsDesk& desk, bool reset)
{
    const auto rows = desk.book().load();
    if (!rows) return rows.error();
    if (std::ranges::any_of(rows->users, [](const auto& user) { return user.role == web::Role::admin; }))
        return Error{
            ErrorKind::invalid,
            "this gateway is claimed: there is nothing to set up. `tidegate user password NAME` helps who "
            "has forgotten one"};
    const auto now = wall_ms();
    if (rows->code && !reset && now - rows->code->made_ms < code_lives_ms - worth_showing_ms)
        return *rows->code;
    const web::SetupCode code{web::drawn_setup_code(), now};
    if (auto written = desk.book().put_setup_code(code); !written) return written.error();
    desk.note("setup_code", {});
    return code;
}

}  // namespace

int setup_code_command(const SetupCodeCommand& command)
{
    auto desk = AccountsDesk::open(command.config);
    if (!desk) return fail(desk.error());
    const auto code = code_of(*desk, command.reset);
    if (!code) return fail(code.error());
    const auto until = code->made_ms + code_lives_ms;
    if (command.as_json) {
        fmt::print("{}\n", nlohmann::ordered_json{{"code", code->code}, {"until", until}}.dump());
        return 0;
    }
    fmt::print("{}\n", code->code);
    if (::isatty(STDOUT_FILENO) == 1)
        fmt::print(stderr, "Good for {} minutes. Open the dashboard and type it in there.\n",
                   std::max<std::int64_t>(1, (until - wall_ms()) / 60'000));
    return 0;
}

}  // namespace tidegate::gateway
