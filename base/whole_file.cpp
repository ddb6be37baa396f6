#include "base/whole_file.hpp"

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

Error cannot_write(const std::filesystem::path& file, int code)
{
    return Error{ErrorKind::unavailable,
                 fmt::format("cannot write {}: {}", file.string(), std::generic_category().message(code))};
}

std::unique_ptr<std::FILE, Close> open_new(const std::filesystem::path& file)
{
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return std::unique_ptr<std::FILE, Close>(descriptor < 0 ? nullptr : ::fdopen(descriptor, "w"));
}

}  // namespace

Result<> write_whole_file(const std::filesystem::path& file, std::string_view bytes)
{
    auto fresh = file;
    fresh += ".new";
    const auto out = open_new(fresh);
    if (!out || std::fwrite(bytes.data(), 1, bytes.size(), out.get()) != bytes.size() ||
        std::fflush(out.get()) != 0 || ::fsync(::fileno(out.get())) != 0)
        return cannot_write(fresh, errno);
    std::error_code failure;
    std::filesystem::rename(fresh, file, failure);
    if (failure) return cannot_write(file, failure.value());
    const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return {};
    ::fsync(descriptor);
    ::close(descriptor);
    return {};
}

}  // namespace tidegate
