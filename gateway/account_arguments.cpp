#include "gateway/account_arguments.hpp"

#include "gateway/commands/accounts.hpp"

namespace tidegate::gateway {

struct AccountArguments::Values {
    UserCommand user;
    TokenCommand token;
    SetupCodeCommand code;
};

namespace {

constexpr auto roles = "viewer (looks), operator (acts) or admin (manages accounts)";

// Each part of `tidegate user …` takes the same of these.
template <class Command>
CLI::App* part(CLI::App& app, Command& command, const std::string& name, const std::string& what)
{
    auto* added = app.add_subcommand(name, what);
    added->add_option(
        "-c,--config", command.config,
        "configuration file (default: /etc/tidegate/tidegate.toml and conf.d/*.toml beside it)");
    added->add_flag("--json", command.as_json, "say it as JSON");
    return added;
}

template <class Command>
void add_rights(CLI::App& app,
                Command& command,
                const std::string& unsaid_read,
                const std::string& unsaid_write)
{
    const auto many = [](CLI::Option* option) { option->type_name("FILTER")->allow_extra_args(false); };
    many(app.add_option("--read", command.read,
                        "topics that may be seen; may be repeated (default: " + unsaid_read + ")"));
    many(app.add_option(
        "--write", command.write,
        "topics that commands and readings may go to; may be repeated (default: " + unsaid_write + ")"));
}

}  // namespace

AccountArguments::AccountArguments(CLI::App& app, int& status) : values_(std::make_unique<Values>())
{
    add_user(app, status);
    add_token(app, status);
    add_setup_code(app, status);
}

AccountArguments::~AccountArguments() = default;

void AccountArguments::add_user(CLI::App& app, int& status)
{
    auto& user = values_->user;
    auto* all = app.add_subcommand("user", "who may log in");
    all->require_subcommand(1);
    all->footer(
        "As the gateway's user: sudo -u tidegate tidegate user …; a gateway that runs takes it in within a "
        "second.");
    part(*all, user, "list", "list them")->callback([&] { status = user_list_command(user); });
    auto* add = part(*all, user, "add", "add one; asks for the password, or reads a line of standard input");
    add->add_option("name", user.name)->required();
    add->add_option("--role", user.role, roles)->capture_default_str();
    add_rights(*add, user, "all", "all");
    add->callback([&] { status = user_add_command(user); });
    auto* role = part(*all, user, "role", "give another role, or other topics; logs out");
    role->add_option("name", user.name)->required();
    role->add_option("role", user.role, roles)->required();
    add_rights(*role, user, "as before", "as before");
    role->callback([&] { status = user_role_command(user); });
    auto* password = part(*all, user, "password", "give a new password, as with add; logs out");
    password->add_option("name", user.name)->required();
    password->callback([&] { status = user_password_command(user); });
    auto* remove = part(*all, user, "remove", "remove one; logs out");
    remove->add_option("name", user.name)->required();
    remove->callback([&] { status = user_remove_command(user); });
}

void AccountArguments::add_token(CLI::App& app, int& status)
{
    auto& token = values_->token;
    auto* all = app.add_subcommand("token", "what programs ask with: Authorization: Bearer tg_…");
    all->require_subcommand(1);
    part(*all, token, "list", "list them, and when each was last used")->callback([&] {
        status = token_list_command(token);
    });
    auto* add = part(*all, token, "add", "make one; prints it, once");
    add->add_option("name", token.name, "what it is for")->required();
    add->add_option("--role", token.role, roles)->capture_default_str();
    add->add_option("--expires", token.expires, "after so long, as 90d (default: never)")
        ->type_name("DURATION");
    add_rights(*add, token, "all", "none");
    add->callback([&] { status = token_add_command(token); });
    auto* remove = part(*all, token, "remove", "remove one: it is worth nothing any more");
    remove->add_option("id", token.id, "as the list has it")->required();
    remove->callback([&] { status = token_remove_command(token); });
}

void AccountArguments::add_setup_code(CLI::App& app, int& status)
{
    auto& code = values_->code;
    auto* command = part(app, code, "setup-code", "print the code to claim this gateway with");
    command->add_flag("--reset", code.reset, "make another one; the one before is worth nothing then");
    command->callback([&] { status = setup_code_command(code); });
}

}  // namespace tidegate::gateway
