#include "base/clock.hpp"
#include "gateway/commands/accounts.hpp"
#include "gateway/commands/accounts_desk.hpp"
#include "web/accounts/password.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace tidegate::gateway {

namespace {

std::size_t sessions_of(const web::AccountRows& rows, const std::string& user)
{
    return static_cast<std::size_t>(std::ranges::count(rows.sessions, user, &web::Session::user));
}

nlohmann::ordered_json json_of(const web::User& user, std::size_t sessions)
{
    return {{"name", user.name},          {"role", web::to_string(user.role)},
            {"read", user.read.filters},  {"write", user.write.filters},
            {"created", user.created_ms}, {"last_login", json_time(user.last_login_ms)},
            {"sessions", sessions}};
}

Row row_of(const web::User& user, std::size_t sessions)
{
    return {user.name,
            std::string(web::to_string(user.role)),
            scope_text(user.read),
            scope_text(user.write),
            std::to_string(sessions),
            time_text(user.last_login_ms)};
}

Result<web::User> user_named(AccountsDesk& desk, const std::string& name)
{
    const auto rows = desk.book().load();
    if (!rows) return rows.error();
    const auto found = std::ranges::find(rows->users, name, &web::User::name);
    if (found == rows->users.end())
        return Error{ErrorKind::not_found, fmt::format("there is no user {}; see tidegate user list", name)};
    return *found;
}

// Asks for it, and keeps its hash.
Result<> take_password(web::User& user, const std::string& prompt)
{
    const auto password = ask_password(prompt + user.name);
    if (!password) return password.error();
    if (auto good = web::check_password(*password, user.name); !good) return good;
    auto hash = web::hash_password(*password);
    if (!hash) return hash.error();
    user.password = std::move(*hash);
    return {};
}

Result<web::User> added(AccountsDesk& desk, const UserCommand& command)
{
    if (auto good = web::check_user_name(command.name); !good) return good.error();
    web::User user;
    user.name = command.name;
    if (auto good = take_rights(user, command); !good) return good.error();
    if (auto good = take_password(user, "Password for "); !good) return good.error();
    user.created_ms = wall_ms();
    if (auto done = desk.book().add_user(user); !done) return done.error();
    desk.note("user_add", user.name, std::string(web::to_string(user.role)));
    return user;
}

Result<web::User> with_another_password(AccountsDesk& desk, const UserCommand& command)
{
    auto user = user_named(desk, command.name);
    if (!user) return user;
    if (auto good = take_password(*user, "New password for "); !good) return good.error();
    if (auto done = desk.book().change_user(*user); !done) return done.error();
    desk.note("user_change", user->name, "password");
    return user;
}

Result<web::User> with_another_role(AccountsDesk& desk, const UserCommand& command)
{
    auto user = user_named(desk, command.name);
    if (!user) return user;
    if (auto good = take_rights(*user, command); !good) return good.error();
    if (auto done = desk.book().change_user(*user); !done) return done.error();
    desk.note("user_change", user->name, "role " + command.role);
    return user;
}

Result<web::User> removed(AccountsDesk& desk, const UserCommand& command)
{
    auto user = user_named(desk, command.name);
    if (!user) return user;
    if (auto done = desk.book().remove_user(command.name); !done) return done.error();
    desk.note("user_remove", command.name);
    return user;
}

// Does it, and says what there is now.
using Change = Result<web::User> (*)(AccountsDesk& desk, const UserCommand& command);
int change(const UserCommand& command, Change change, std::string_view what)
{
    return at_desk(command.config, [&](AccountsDesk& desk) -> Result<> {
        const auto user = change(desk, command);
        if (!user) return user.error();
        if (command.as_json)
            fmt::print("{}\n", json_of(*user, 0).dump());
        else
            fmt::print("{}: {} ({})\n", user->name, what, web::to_string(user->role));
        return {};
    });
}

}  // namespace

int user_list_command(const UserCommand& command)
{
    return at_desk(command.config, [&](AccountsDesk& desk) -> Result<> {
        const auto rows = desk.book().load();
        if (!rows) return rows.error();
        Listing listing{.name = "users",
                        .none =
                            "There are no users yet. `tidegate setup-code` prints the code to claim this "
                            "gateway with."};
        listing.table = {{"NAME", "ROLE", "READ", "WRITE", "SESSIONS", "LAST LOGIN"}};
        for (const auto& user : rows->users) {
            const auto sessions = sessions_of(*rows, user.name);
            listing.objects.push_back(json_of(user, sessions));
            listing.table.push_back(row_of(user, sessions));
        }
        print(listing, command.as_json);
        return {};
    });
}

int user_add_command(const UserCommand& command)
{
    return change(command, added, "may log in now");
}

int user_remove_command(const UserCommand& command)
{
    return change(command, removed, "is removed, and logged out");
}

int user_role_command(const UserCommand& command)
{
    return change(command, with_another_role, "is changed, and logged out");
}

int user_password_command(const UserCommand& command)
{
    return change(command, with_another_password, "has a new password, and is logged out");
}

}  // namespace tidegate::gateway
