#pragma once

#include "base/error.hpp"
#include "gateway/config/config.hpp"
#include "web/accounts/account_book.hpp"
#include "web/accounts/accounts.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::gateway {

// What the commands about accounts have in common: where the book is, what they say, and that it is written
// down.
class AccountsDesk {
public:
    // Errors: those of the configuration, not_found (no state directory), denied (not ours to write).
    static Result<AccountsDesk> open(const std::filesystem::path& config);

    web::AccountBook& book() { return *book_; }
    const Config& config() const { return config_; }
    void note(const std::string& what, const std::string& on, const std::string& detail = {});

private:
    Config config_;
    std::unique_ptr<web::AccountBook> book_;
};

// Does `work` at the desk, and says on stderr what went wrong. The exit status.
int at_desk(const std::filesystem::path& config, const std::function<Result<>(AccountsDesk&)>& work);

// From the terminal, twice and unseen; otherwise a line of stdin. Errors: invalid (they differ, nothing
// came).
Result<std::string> ask_password(const std::string& prompt);

// What `… list` prints: the objects, or a table of them, or what is said of none.
using Row = std::vector<std::string>;
struct Listing {
    std::string name{};
    nlohmann::ordered_json objects = nlohmann::ordered_json::array();
    std::vector<Row> table{};  // its head first
    std::string none{};
};
void print(const Listing& listing, bool as_json);

nlohmann::ordered_json json_time(std::int64_t time_ms);  // null for 0

std::string time_text(std::int64_t time_ms);  // "never" for 0
std::string scope_text(const web::Scope& scope);

// What --read and --write say: `otherwise` where they are not given; one that is empty is no topic at all.
web::Scope scope_of_arguments(const std::vector<std::string>& filters, const web::Scope& otherwise);

// Puts what they and --role say into a user, or into what is wished of a token. Errors: invalid, with what to
// do.
template <class Holder, class Command>
Result<> take_rights(Holder& holder, const Command& command)
{
    const auto role = web::role_named(command.role);
    if (!role || *role == web::Role::none)
        return Error{ErrorKind::invalid, "a role is viewer, operator or admin"};
    holder.role = *role;
    holder.read = scope_of_arguments(command.read, holder.read);
    holder.write = scope_of_arguments(command.write, holder.write);
    for (const auto* scope : {&holder.read, &holder.write})
        if (auto good = web::check_scope(*scope); !good) return good;
    return {};
}

}  // namespace tidegate::gateway
