#include "gateway/account_arguments.hpp"
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
    bool check_json = false;
    check->add_flag("--json", check_json, "for machines: what is wrong, or what is in effect (TOML)");
    check->callback([&] { status = reference ? reference_command() : check_command(config, check_json); });

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

    auto* state = app.add_subcommand("status", "show the running gateway's books, upstreams and pressure");
    bool as_json = false;
    add_config(*state, config);
    state->add_flag("--json", as_json, "as the API has it");
    state->callback([&] { status = status_command(config, as_json); });

    auto* trace = app.add_subcommand(
        "trace", "follow the next message on a topic through the running gateway, to every upstream");
    TraceOptions followed;
    add_config(*trace, followed.config);
    trace->add_option("topic", followed.topic, "topic, or a filter with + and #")->required();
    trace->add_option("--seconds", followed.seconds, "how long at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 600));
    trace->add_flag("--json", followed.as_json, "as the API has it, when it is over");
    trace->callback([&] { status = trace_command(followed); });

    auto* doctor = app.add_subcommand(
        "doctor", "look at broker, upstreams, clock, disk, certificates and permissions, and say what to do");
    bool doctor_json = false;
    add_config(*doctor, config);
    doctor->add_flag("--json", doctor_json, "for machines");
    doctor->callback([&] { status = doctor_command(config, doctor_json); });

    auto* backup = app.add_subcommand("backup", "copy the data directory, while the gateway runs");
    std::filesystem::path target;
    add_config(*backup, config);
    backup->add_option("directory", target, "new directory for the copy")->required();
    backup->callback([&] { status = backup_command(config, target); });

    auto* history =
        app.add_subcommand("export", "write history as CSV or NDJSON, while the gateway runs or not");
    history->footer(
        "Days come one after the other, in a day the series, in a series the readings in order of time. "
        "Where\n"
        "readings have been thinned, the minutes or hours that are kept come in their place "
        "(resolution_ms).\n"
        "A TIME is 2026-11-24T15:00:00Z (UTC without a zone), 2026-11-24, -24h, now, or milliseconds since "
        "1970.\n\n"
        "  tidegate export --from -24h > day.csv\n"
        "  tidegate export --series 'tele/kitchen/SENSOR#/AM2301/Temperature' --from 2026-11-01 --to "
        "2026-12-01\n"
        "  tidegate export --topic 'plant/#' --format ndjson --output plant.ndjson");
    ExportOptions wanted;
    add_config(*history, wanted.config);
    history->add_option("--series", wanted.series, "only this series; may be repeated (default: all)")
        ->type_name("TOPIC#FIELD")
        ->allow_extra_args(false);
    history->add_option("--topic", wanted.topics, "only topics that match; may be repeated")
        ->type_name("FILTER")
        ->allow_extra_args(false);
    history->add_option("--from", wanted.from, "from this time on")->type_name("TIME");
    history->add_option("--to", wanted.to, "before this time")->type_name("TIME");
    history->add_option("--format", wanted.format, "csv or ndjson")
        ->type_name("FORMAT")
        ->capture_default_str()
        ->check(CLI::IsMember({"csv", "ndjson"}));
    history->add_option("--output", wanted.output, "file to write (default: standard output)")
        ->type_name("FILE");
    history->callback([&] { status = export_command(wanted); });

    const AccountArguments accounts(app, status);

    CLI11_PARSE(app, argc, argv);
    return status;
}
