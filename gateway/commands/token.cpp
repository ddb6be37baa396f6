#include "base/clock.hpp"
#include "base/units.hpp"
#include "base/utf8.hpp"
#include "gateway/commands/accounts.hpp"
#include "gateway/commands/accounts_desk.hpp"

#include <fmt/core.h>

namespace tidegate::gateway {

namespace {

nlohmann::ordered_json json_of(const web::Token& token)
{
    return {{"id", token.id},
            {"name", token.name},
            {"role", web::to_string(token.role)},
            {"read", token.read.filters},
            {"write", token.write.filters},
            {"created", token.created_ms},
            {"by", token.by},
            {"expires", json_time(token.expires_ms)},
            {"last_used", json_time(token.last_used_ms)}};
}

Row row_of(const web::Token& token)
{
    return {token.id,
            token.name,
            std::string(web::to_string(token.role)),
            scope_text(token.read),
            scope_text(token.write),
            time_text(token.expires_ms),
            time_text(token.last_used_ms)};
}

Result<web::NewToken> added_token(AccountsDesk& desk, const TokenCommand& command)
{
    web::TokenWish wish;
    wish.name = command.name;
    if (auto good = take_rights(wish, command); !good) return good.error();
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
    return at_desk(command.config, [&](AccountsDesk& desk) -> Result<> {
        const auto rows = desk.book().load();
        if (!rows) return rows.error();
        Listing listing{.name = "tokens", .none = "There are no tokens."};
        listing.table = {{"ID", "NAME", "ROLE", "READ", "WRITE", "EXPIRES", "LAST USED"}};
        for (const auto& token : rows->tokens) {
            listing.objects.push_back(json_of(token));
            listing.table.push_back(row_of(token));
        }
        print(listing, command.as_json);
        return {};
    });
}

int token_add_command(const TokenCommand& command)
{
    return at_desk(command.config, [&](AccountsDesk& desk) -> Result<> {
        const auto made = added_token(desk, command);
        if (!made) return made.error();
        if (command.as_json) {
            auto json = json_of(made->token);
            json["token"] = made->secret;
            fmt::print("{}\n", json.dump());
            return {};
        }
        fmt::print(stderr, "{} ({}), id {}. It is shown this once:\n", shown(made->token.name), command.role,
                   made->token.id);
        fmt::print("{}\n", made->secret);
        return {};
    });
}

int token_remove_command(const TokenCommand& command)
{
    return at_desk(command.config, [&](AccountsDesk& desk) -> Result<> {
        if (auto removed = desk.book().remove_token(command.id); !removed) return removed;
        desk.note("token_remove", command.id);
        if (command.as_json)
            fmt::print("{}\n", nlohmann::ordered_json{{"removed", command.id}}.dump());
        else
            fmt::print("{}: is worth nothing any more\n", command.id);
        return {};
    });
}

}  // namespace tidegate::gateway
