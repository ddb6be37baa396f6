#include "base/whole_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <system_error>

namespace tidegate {

namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

// What errno says.
Error failed(std::string_view what, const std::filesystem::path& file)
{
    const int code = errno;
    const auto kind = code == ENOENT                                     ? ErrorKind::not_found
                      : code == EACCES || code == EPERM || code == EROFS ? ErrorKind::denied
                                                                         : ErrorKind::unavailable;
    return Error{kind,
                 fmt::format("cannot {} {}: {}", what, file.string(), std::generic_category().message(code))};
}

// There is no file to be found by a writer: a folder is away, which may come back.
Error not_written(const std::filesystem::path& file)
{
    auto error = failed("write", file);
    if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::unavailable;
    return error;
}

File opened(const std::filesystem::path& file, int flags, const char* mode)
{
    const int descriptor = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
    return File(descriptor < 0 ? nullptr : ::fdopen(descriptor, mode));
}

// `forbidden`: bits of its mode.
Result<std::string> read(const std::filesystem::path& file, std::size_t most, mode_t forbidden)
{
    const auto in = opened(file, O_RDONLY | O_NONBLOCK, "r");
    struct stat status {};
    if (!in || ::fstat(::fileno(in.get()), &status) != 0) return failed("read", file);
    if (!S_ISREG(status.st_mode) || static_cast<std::uintmax_t>(status.st_size) > most)
        return Error{ErrorKind::invalid,
                     fmt::format("{}: is no file, or larger than {} bytes", file.string(), most)};
    if ((status.st_mode & forbidden) != 0)
        return Error{ErrorKind::denied,
                     fmt::format("{}: others can read this secret; chmod 600 it", file.string())};
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    text.resize(std::fread(text.data(), 1, text.size(), in.get()));
    if (std::ferror(in.get()) != 0) return failed("read", file);
    return text;
}

}  // namespace

Result<> write_whole_file(const std::filesystem::path& file, std::string_view bytes)
{
    auto fresh = file;
    fresh += ".new";
    ::unlink(fresh.c_str());  // of an attempt that was cut short
    const auto out = opened(fresh, O_WRONLY | O_CREAT | O_EXCL, "w");
    if (!out || std::fwrite(bytes.data(), 1, bytes.size(), out.get()) != bytes.size() ||
        std::fflush(out.get()) != 0 || ::fsync(::fileno(out.get())) != 0)
        return not_written(fresh);
    if (std::rename(fresh.c_str(), file.c_str()) != 0) return not_written(file);
    (void)sync_folder(file.has_parent_path() ? file.parent_path() : ".");  // a folder that cannot be is none
    return {};
}

Result<> sync_folder(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0) ::close(descriptor);
    if (!done) return Error{ErrorKind::unavailable, folder.string() + ": cannot be synced"};
    return {};
}

Result<std::string> read_whole_file(const std::filesystem::path& file, std::size_t most)
{
    return read(file, most, 0);
}

Result<std::string> read_secret_file(const std::filesystem::path& file)
{
    constexpr std::size_t most = 1024 * 1024;
    return read(file, most, S_IROTH | S_IWOTH);
}

}  // namespace tidegate
