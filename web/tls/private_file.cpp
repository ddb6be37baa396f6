#include "web/tls/private_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>

namespace tidegate::web {
namespace {

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
    const int code = errno;
    const auto kind = code == ENOENT                     ? ErrorKind::not_found
                      : code == EACCES || code == EPERM ? ErrorKind::denied
                                                         : ErrorKind::unavailable;
    return {kind, fmt::format("{}: {}", file.string(), std::strerror(code))};
}

Result<std::string> read(const std::filesystem::path& file, mode_t forbidden)
{
    constexpr off_t largest = 1024 * 1024;
    // Not blocked by a pipe that somebody has put in its place.
    const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (in.number() < 0 || ::fstat(in.number(), &status) != 0) return failed(file);
    if (!S_ISREG(status.st_mode) || status.st_size > largest)
        return Error{ErrorKind::invalid, fmt::format("{}: is no file, or larger than 1 MiB", file.string())};
    if ((status.st_mode & forbidden) != 0)
        return Error{ErrorKind::denied,
                     fmt::format("{}: others can read this secret; chmod 600 it", file.string())};
    std::string text;
    std::array<char, 16384> piece{};
    for (;;) {
        const auto n = ::read(in.number(), piece.data(), piece.size());
        if (n < 0) return failed(file);
        if (n == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
}

Result<> write(const std::filesystem::path& file, const std::string& text)
{
    ::unlink(file.c_str());  // of an attempt that was cut short
    const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (out.number() < 0) return failed(file);
    for (std::size_t done = 0; done < text.size();) {
        const auto n = ::write(out.number(), text.data() + done, text.size() - done);
        if (n < 0) return failed(file);
        done += static_cast<std::size_t>(n);
    }
    if (::fsync(out.number()) != 0) return failed(file);
    return {};
}

}  // namespace

Result<> make_private_directory(const std::filesystem::path& directory)
{
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return failed(directory);
    return {};
}

Result<> write_private_file(const std::filesystem::path& file, const std::string& text)
{
    if (const auto known = read_private_file(file); known && *known == text) return {};
    auto draft = file;
    draft += ".new";
    if (auto written = write(draft, text); !written) return written;
    if (::rename(draft.c_str(), file.c_str()) != 0) return failed(file);
    const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number() < 0 || ::fsync(folder.number()) != 0) return failed(file.parent_path());
    return {};
}

Result<std::string> read_private_file(const std::filesystem::path& file)
{
    return read(file, S_IROTH | S_IWOTH);
}

Result<std::string> read_whole_file(const std::filesystem::path& file)
{
    return read(file, 0);
}

}  // namespace tidegate::web
