#include "web/accounts/console.hpp"

#include "web/accounts/secret.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>

namespace tidegate::web {
namespace {

constexpr auto file_name = "console";

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

Error failed(const std::filesystem::path& file)
{
    const int number = errno;
    const auto kind = number == ENOENT                                         ? ErrorKind::not_found
                      : number == EACCES || number == EPERM || number == EROFS ? ErrorKind::denied
                                                                               : ErrorKind::unavailable;
    return {kind, fmt::format("{}: {}", file.string(), std::strerror(number))};
}

}  // namespace

Result<std::string> open_console(const std::filesystem::path& runtime_directory)
{
    const auto file = runtime_directory / file_name;
    std::error_code none;
    std::filesystem::create_directories(runtime_directory, none);
    std::filesystem::remove(file, none);
    const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    const auto secret = std::string(console_prefix) + drawn_secret();
    if (out.number() < 0 ||
        ::write(out.number(), secret.data(), secret.size()) != static_cast<ssize_t>(secret.size()))
        return failed(file);
    return secret;
}

void close_console(const std::filesystem::path& runtime_directory)
{
    std::error_code none;
    std::filesystem::remove(runtime_directory / file_name, none);
}

Result<std::string> read_console(const std::filesystem::path& runtime_directory)
{
    const auto file = runtime_directory / file_name;
    const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    const auto length = in.number() < 0 ? -1 : ::read(in.number(), text.data(), text.size());
    if (length < 0) return failed(file);
    return std::string(text.data(), static_cast<std::size_t>(length));
}

}  // namespace tidegate::web
