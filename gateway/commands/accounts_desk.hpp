#pragma once

#include "base/error.hpp"
#include "gateway/config/config.hpp"
#include "web/accounts/account_book.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
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

// Says it on stderr; 1.
int fail(const Error& error);

// From the terminal, twice and unseen; otherwise a line of stdin. Errors: invalid (they differ, nothing
// came).
Result<std::string> ask_password(const std::string& prompt);

// Columns as wide as what is in them.
using Row = std::vector<std::string>;
void print_table(const std::vector<Row>& rows);

std::string time_text(std::int64_t time_ms);  // "never" for 0
std::string scope_text(const web::Scope& scope);

// What --read and --write say: `otherwise` where they are not given; one that is empty is no topic at all.
web::Scope scope_of_arguments(const std::vector<std::string>& filters, const web::Scope& otherwise);

// Errors: invalid, with what to do.
Result<web::Role> role_of_argument(const std::string& name);

}  // namespace tidegate::gateway
