#include "base/clock.hpp"
#include "gateway/commands/accounts.hpp"
#include "gateway/commands/accounts_desk.hpp"
#include "gateway/web_options.hpp"
#include "web/accounts/secret.hpp"

#include <unistd.h>

#include <algorithm>
#include <fmt/core.h>

namespace tidegate::gateway {

namespace {

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
    if (rows->code && !reset && now - rows->code->made_ms < web::SetupCode::lives_ms - worth_showing_ms)
        return *rows->code;
    const web::SetupCode code{web::drawn_setup_code(), now};
    if (auto written = desk.book().put_setup_code(code); !written) return written.error();
    desk.note("setup_code", {});
    return code;
}

// Of the authority that the browser is to trust; empty: there is none of our own, or not yet.
std::string authority_of(const Config& config)
{
    const auto tls = tls_options(config);
    if (!tls || !tls->certificate_file.empty()) return {};
    const auto own = web::look_at_own(*tls);
    return own ? own->fingerprint : std::string();
}

}  // namespace

int setup_code_command(const SetupCodeCommand& command)
{
    return at_desk(command.config, [&](AccountsDesk& desk) -> Result<> {
        const auto code = code_of(desk, command.reset);
        if (!code) return code.error();
        const auto until = code->made_ms + web::SetupCode::lives_ms;
        const auto authority = authority_of(desk.config());
        if (command.as_json) {
            nlohmann::ordered_json json{{"code", code->code}, {"until", until}};
            if (!authority.empty()) json["ca_sha256"] = authority;
            fmt::print("{}\n", json.dump());
            return {};
        }
        fmt::print("{}\n", code->code);
        if (!authority.empty())
            fmt::print(stderr, "The dashboard's certificate is by the authority of SHA-256 {}.\n", authority);
        if (::isatty(STDOUT_FILENO) == 1)
            fmt::print(stderr, "Good for {} minutes. Open {} and type it in there.\n",
                       std::max<std::int64_t>(1, (until - wall_ms()) / 60'000),
                       dashboard_url(desk.config(), static_cast<std::uint16_t>(desk.config().web.port)));
        return {};
    });
}

}  // namespace tidegate::gateway
