#include "base/clock.hpp"
#include "gateway/commands/accounts.hpp"
#include "gateway/commands/accounts_desk.hpp"
#include "web/accounts/accounts.hpp"
#include "web/accounts/password.hpp"

#include <nlohmann/json.hpp>

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
    const auto login = user.last_login_ms;
    const auto last_login = login == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(login);
    return {{"name", user.name},           {"role", web::to_string(user.role)}, {"read", user.read.filters},
            {"write", user.write.filters}, {"created", user.created_ms},        {"last_login", last_login},
            {"sessions", sessions}};
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

// Says what there is now.
int done(const UserCommand& command, const web::User& user, std::string_view what)
{
    if (command.as_json)
        fmt::print("{}\n", json_of(user, 0).dump());
    else
        fmt::print("{}: {} ({})\n", user.name, what, web::to_string(user.role));
    return 0;
}

Result<web::User> added_user(AccountsDesk& desk, const UserCommand& command)
{
    if (auto good = web::check_user_name(command.name); !good) return good.error();
    const auto role = role_of_argument(command.role);
    if (!role) return role.error();
    web::User user;
    user.name = command.name;
    user.role = *role;
    user.read = scope_of_arguments(command.read, user.read);
    user.write = scope_of_arguments(command.write, user.write);
    for (const auto* scope : {&user.read, &user.write})
        if (auto good = web::check_scope(*scope); !good) return good.error();
    const auto password = ask_password("Password for " + command.name);
    if (!password) return password.error();
    if (auto good = web::check_password(*password, command.name); !good) return good.error();
    auto hash = web::hash_password(*password);
    if (!hash) return hash.error();
    user.password = std::move(*hash);
    user.created_ms = wall_ms();
    if (auto added = desk.book().add_user(user); !added) return added.error();
    desk.note("user_add", user.name, std::string(web::to_string(user.role)));
    return user;
}

Result<web::User> changed_password(AccountsDesk& desk, const UserCommand& command)
{
    auto user = user_named(desk, command.name);
    if (!user) return user;
    const auto password = ask_password("New password for " + command.name);
    if (!password) return password.error();
    if (auto good = web::check_password(*password, command.name); !good) return good.error();
    auto hash = web::hash_password(*password);
    if (!hash) return hash.error();
    user->password = std::move(*hash);
    if (auto changed = desk.book().change_user(*user); !changed) return changed.error();
    desk.note("user_change", user->name, "password");
    return user;
}

Result<web::User> changed_role(AccountsDesk& desk, const UserCommand& command)
{
    const auto role = role_of_argument(command.role);
    if (!role) return role.error();
    auto user = user_named(desk, command.name);
    if (!user) return user;
    user->role = *role;
    user->read = scope_of_arguments(command.read, user->read);
    user->write = scope_of_arguments(command.write, user->write);
    for (const auto* scope : {&user->read, &user->write})
        if (auto good = web::check_scope(*scope); !good) return good.error();
    if (auto changed = desk.book().change_user(*user); !changed) return changed.error();
    desk.note("user_change", user->name, "role " + command.role);
    return user;
}

}  // namespace

int user_list_command(const UserCommand& command)
{
    auto desk = AccountsDesk::open(command.config);
    if (!desk) return fail(desk.error());
    const auto rows = desk->book().load();
    if (!rows) return fail(rows.error());
    if (command.as_json) {
        auto list = nlohmann::ordered_json::array();
        for (const auto& user : rows->users) list.push_back(json_of(user, sessions_of(*rows, user.name)));
        fmt::print("{}\n", nlohmann::ordered_json{{"users", list}}.dump());
        return 0;
    }
    if (rows->users.empty()) {
        fmt::print(
            "There are no users yet. `tidegate setup-code` prints the code to claim this gateway with.\n");
        return 0;
    }
    std::vector<Row> table{{"NAME", "ROLE", "READ", "WRITE", "SESSIONS", "LAST LOGIN"}};
    for (const auto& user : rows->users)
        table.push_back({user.name, std::string(web::to_string(user.role)), scope_text(user.read),
                         scope_text(user.write), std::to_string(sessions_of(*rows, user.name)),
                         time_text(user.last_login_ms)});
    print_table(table);
    return 0;
}

int user_add_command(const UserCommand& command)
{
    auto desk = AccountsDesk::open(command.config);
    if (!desk) return fail(desk.error());
    const auto user = added_user(*desk, command);
    return user ? done(command, *user, "may log in now") : fail(user.error());
}

int user_remove_command(const UserCommand& command)
{
    auto desk = AccountsDesk::open(command.config);
    if (!desk) return fail(desk.error());
    const auto user = user_named(*desk, command.name);
    if (!user) return fail(user.error());
    if (auto removed = desk->book().remove_user(command.name); !removed) return fail(removed.error());
    desk->note("user_remove", command.name);
    return done(command, *user, "is removed, and logged out");
}

int user_role_command(const UserCommand& command)
{
    auto desk = AccountsDesk::open(command.config);
    if (!desk) return fail(desk.error());
    const auto user = changed_role(*desk, command);
    return user ? done(command, *user, "is changed, and logged out") : fail(user.error());
}

int user_password_command(const UserCommand& command)
{
    auto desk = AccountsDesk::open(command.config);
    if (!desk) return fail(desk.error());
    const auto user = changed_password(*desk, command);
    return user ? done(command, *user, "has a new password, and is logged out") : fail(user.error());
}

}  // namespace tidegate::gateway
