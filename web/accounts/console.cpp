#include "web/accounts/console.hpp"

#include "base/whole_file.hpp"
#include "web/accounts/secret.hpp"

#include <system_error>

namespace tidegate::web {
namespace {

constexpr auto file_name = "console";

}  // namespace

Result<std::string> open_console(const std::filesystem::path& runtime_directory)
{
    std::error_code none;
    std::filesystem::create_directories(runtime_directory, none);
    auto secret = std::string(console_prefix) + drawn_secret();
    if (auto written = write_whole_file(runtime_directory / file_name, secret); !written)
        return written.error();
    return secret;
}

void close_console(const std::filesystem::path& runtime_directory)
{
    std::error_code none;
    std::filesystem::remove(runtime_directory / file_name, none);
}

Result<std::string> read_console(const std::filesystem::path& runtime_directory)
{
    return read_secret_file(runtime_directory / file_name);
}

}  // namespace tidegate::web
