#include "base/clock.hpp"
#include "base/units.hpp"
#include "base/utf8.hpp"
#include "gateway/commands/accounts.hpp"
#include "gateway/commands/accounts_desk.hpp"
#include "web/accounts/accounts.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/core.h>

namespace tidegate::gateway {

namespace {

nlohmann::ordered_json json_of(const web::Token& token)
{
    const auto time = [](std::int64_t ms) {
        return ms == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(ms);
    };
    return {{"id", token.id},
            {"name", token.name},
            {"role", web::to_string(token.role)},
            {"read", token.read.filters},
            {"write", token.write.filters},
            {"created", token.created_ms},
            {"by", token.by},
            {"expires", time(token.expires_ms)},
            {"last_used", time(token.last_used_ms)}};
}

Result<web::NewToken> added_token(AccountsDesk& desk, const TokenCommand& command)
{
    const auto role = role_of_argument(command.role);
    if (!role) return role.error();
    web::TokenWish wish;
    wish.name = command.name;
    wish.role = *role;
    wish.read = scope_of_arguments(command.read, wish.read);
    wish.write = scope_of_arguments(command.write, wish.write);
    if (!command.expires.empty()) {
        const auto lives = parse_duration(command.expires);
        if (!lives || lives->count() < 1000)
            return Error{ErrorKind::invalid, "--expires needs a duration, as 12h or 90d"};
        wish.expires_in_s = lives->count() / 1000;
    }
    auto made = web::make_token(wish, "console", wall_ms());
    if (!made) return made;
    if (auto added = desk.book().add_token(made->token); !added) return added.error();
    desk.note("token_add", made->token.id, wish.name + " " + command.role);
    return made;
}

}  // namespace

int token_list_command(const TokenCommand& command)
{
    auto desk = AccountsDesk::open(command.config);
    if (!desk) return fail(desk.error());
    const auto rows = desk->book().load();
    if (!rows) return fail(rows.error());
    if (command.as_json) {
        auto list = nlohmann::ordered_json::array();
        for (const auto& token : rows->tokens) list.push_back(json_of(token));
        fmt::print("{}\n", nlohmann::ordered_json{{"tokens", list}}.dump());
        return 0;
    }
    if (rows->tokens.empty()) {
        fmt::print("There are no tokens.\n");
        return 0;
    }
    std::vector<Row> table{{"ID", "NAME", "ROLE", "READ", "WRITE", "EXPIRES", "LAST USED"}};
    for (const auto& token : rows->tokens)
        table.push_back({token.id, token.name, std::string(web::to_string(token.role)),
                         scope_text(token.read), scope_text(token.write), time_text(token.expires_ms),
                         time_text(token.last_used_ms)});
    print_table(table);
    return 0;
}

int token_add_command(const TokenCommand& command)
{
    auto desk = AccountsDesk::open(command.config);
    if (!desk) return fail(desk.error());
    const auto made = added_token(*desk, command);
    if (!made) return fail(made.error());
    if (command.as_json) {
        auto json = json_of(made->token);
        json["token"] = made->secret;
        fmt::print("{}\n", json.dump());
        return 0;
    }
    fmt::print(stderr, "{} ({}), id {}. It is shown this once:\n", shown(made->token.name), command.role,
               made->token.id);
    fmt::print("{}\n", made->secret);
    return 0;
}

int token_remove_command(const TokenCommand& command)
{
    auto desk = AccountsDesk::open(command.config);
    if (!desk) return fail(desk.error());
    if (auto removed = desk->book().remove_token(command.id); !removed) return fail(removed.error());
    desk->note("token_remove", command.id);
    if (command.as_json)
        fmt::print("{}\n", nlohmann::ordered_json{{"removed", command.id}}.dump());
    else
        fmt::print("{}: is worth nothing any more\n", command.id);
    return 0;
}

}  // namespace tidegate::gateway
