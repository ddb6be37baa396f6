#pragma once

#include <CLI/CLI.hpp>
#include <memory>

namespace tidegate::gateway {

// `tidegate user`, `tidegate token` and `tidegate setup-code`: what they are called with. Lives as long as
// `app`.
class AccountArguments {
public:
    AccountArguments(CLI::App& app, int& status);  // what runs puts its exit status there
    ~AccountArguments();
    AccountArguments(const AccountArguments&) = delete;
    AccountArguments& operator=(const AccountArguments&) = delete;

private:
    struct Values;
    void add_user(CLI::App& app, int& status);
    void add_token(CLI::App& app, int& status);
    void add_setup_code(CLI::App& app, int& status);

    std::unique_ptr<Values> values_;
};

}  // namespace tidegate::gateway
