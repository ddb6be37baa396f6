#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// `tidegate user`, `tidegate token` and `tidegate setup-code`. They work on accounts.db in the state
// directory, whether the gateway runs or not; one that runs takes it in within a second. Each returns the
// exit status.
namespace tidegate::gateway {

struct UserCommand {
    std::filesystem::path config;
    std::string name, role = "viewer";
    std::vector<std::string> read, write;  // empty: as it is, or all
    bool as_json = false;
};

int user_list_command(const UserCommand& command);
int user_add_command(const UserCommand& command);  // asks for the password, or takes a line of stdin
int user_remove_command(const UserCommand& command);
int user_role_command(const UserCommand& command);
int user_password_command(const UserCommand& command);

struct TokenCommand {
    std::filesystem::path config;
    std::string id, name, role = "viewer";
    std::vector<std::string> read, write;  // empty: all, and none
    std::string expires;                   // "30d"; empty: never
    bool as_json = false;
};

int token_list_command(const TokenCommand& command);
int token_add_command(const TokenCommand& command);
int token_remove_command(const TokenCommand& command);

struct SetupCodeCommand {
    std::filesystem::path config;
    bool reset = false, as_json = false;
};
int setup_code_command(const SetupCodeCommand& command);

}  // namespace tidegate::gateway
