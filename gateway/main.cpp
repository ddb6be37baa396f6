#include "gateway/commands/commands.hpp"
#include "gateway/version.hpp"

#include <CLI/CLI.hpp>

namespace {

using namespace tidegate::gateway;

void add_config(CLI::App& command, std::filesystem::path& config)
{
    command.add_option(
        "-c,--config", config,
        "configuration file (default: /etc/tidegate/tidegate.toml and conf.d/*.toml beside it)");
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app(
        "Tidegate, an MQTT edge gateway: keeps every reading, shows it live, sends it on when the way is "
        "open.",
        "tidegate");
    app.set_version_flag("--version", std::string("tidegate ") + version);
    app.require_subcommand(1);
    std::filesystem::path config;
    int status = 0;

    auto* run = app.add_subcommand("run", "run the gateway in the foreground");
    add_config(*run, config);
    run->callback([&] { status = run_command(config); });

    auto* check = app.add_subcommand("check", "check the configuration and print what is in effect");
    bool reference = false;
    add_config(*check, config);
    check->add_flag("--reference", reference, "print the reference of all keys (Markdown) instead");
    check->callback([&] { status = reference ? reference_command() : check_command(config); });

    auto* decode = app.add_subcommand("decode", "say what a payload would become, one JSON object a reading");
    DecodeOptions options;
    add_config(*decode, options.config);
    auto* topic =
        decode->add_option("--topic", options.topic, "topic of the message; its payload is read from stdin");
    decode
        ->add_option("--messages", options.messages,
                     R"(file with a message a line: {"topic","payload"} or "payload_base64")")
        ->excludes(topic);
    decode->add_flag("--retained", options.retained, "the broker had kept it");
    decode->callback([&] {
        if (options.topic.empty() && options.messages.empty())
            throw CLI::RequiredError("--topic or --messages");
        status = decode_command(options);
    });

    auto* backup = app.add_subcommand("backup", "copy the data directory, while the gateway runs");
    std::filesystem::path target;
    add_config(*backup, config);
    backup->add_option("directory", target, "new directory for the copy")->required();
    backup->callback([&] { status = backup_command(config, target); });

    CLI11_PARSE(app, argc, argv);
    return status;
}
