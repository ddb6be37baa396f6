#include "gateway/config/secrets.hpp"

#include "gateway/config/keys.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>

namespace tidegate::gateway {

namespace {

constexpr std::string_view credential = "credential:";
// What lies there, the unit hands over as tidegate_NAME (LoadCredential=tidegate:DIRECTORY).
const std::filesystem::path our_credentials = "/etc/tidegate/credentials";

// Not under the unit: the file itself, for whoever may read it.
Result<std::string> path_beside_the_unit(const std::string& text, const std::string& name)
{
    if (::access((our_credentials / name).c_str(), R_OK) == 0) return (our_credentials / name).string();
    return Error{ErrorKind::invalid,
                 fmt::format("\"{}\": systemd handed over no credentials, and {} cannot be read", text,
                             (our_credentials / name).string())};
}

Result<std::string> path_of(const std::string& text)
{
    if (!text.starts_with(credential)) return text;
    const auto name = text.substr(credential.size());
    if (name.empty() || name.find('/') != name.npos || name.starts_with('.'))
        return Error{ErrorKind::invalid, fmt::format("\"{}\" names no credential", text)};
    const char* handed =
        std::getenv("CREDENTIALS_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): before any thread starts
    if (handed == nullptr || *handed == '\0') return path_beside_the_unit(text, name);
    const std::filesystem::path directory = handed;
    const auto ours = directory / ("tidegate_" + name);
    return (::access(ours.c_str(), F_OK) == 0 ? ours : directory / name).string();
}

Result<> check_secret(const std::filesystem::path& file)
{
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0)
        return Error{ErrorKind::not_found, fmt::format("{}: the secret's file is not there", file.string())};
    if ((status.st_mode & S_IROTH) != 0)
        return Error{ErrorKind::denied,
                     fmt::format("{}: others can read this secret; chmod 600 it", file.string())};
    return {};
}

// A certificate without a key beside it holds the key.
template <class Section>
bool holds_secret(std::string_view key, const Section& section)
{
    if constexpr (requires { section.key_file; })
        if (key == "certificate_file") return section.key_file.empty();
    return key == "password_file" || key == "token_file" || key == "key_file";
}

template <class Section>
void resolve(std::string_view what,
             std::span<const Key<Section>> keys,
             Section& section,
             std::vector<Error>& wrong)
{
    for (const auto& key : keys) {
        const auto* member = std::get_if<std::string Section::*>(&key.member);
        if (member == nullptr || !key.name.ends_with("_file") || (section.**member).empty()) continue;
        auto path = path_of(section.**member);
        if (path && holds_secret(key.name, section))
            if (auto good = check_secret(*path); !good) path = good.error();
        if (path)
            section.** member = *path;
        else
            wrong.push_back({path.error().kind,
                             fmt::format("{} {}, {}: {}", what, section.name, key.name, path.error().what)});
    }
}

}  // namespace

Result<> resolve_files(Config& config)
{
    auto wrong = resolve_all_files(config);
    if (!wrong.empty()) return std::move(wrong.front());
    return {};
}

std::vector<Error> resolve_all_files(Config& config)
{
    std::vector<Error> wrong;
    for (auto& broker : config.brokers) resolve("broker", broker_keys(), broker, wrong);
    for (auto& upstream : config.upstreams) resolve("upstream", upstream_keys(), upstream, wrong);
    return wrong;
}

Result<std::string> secret_of(const std::string& file)
{
    if (file.empty()) return std::string();
    return read_secret(file);
}

Result<std::string> read_secret(const std::filesystem::path& file)
{
    if (auto good = check_secret(file); !good) return good.error();
    std::ifstream in(file);
    std::string secret;
    if (!std::getline(in, secret))
        return Error{ErrorKind::denied,
                     fmt::format("{}: the secret cannot be read, or is empty", file.string())};
    return secret;
}

}  // namespace tidegate::gateway
