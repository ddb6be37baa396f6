#include "bridge/mapped_file.hpp"

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <system_error>

namespace tidegate::bridge {

namespace {

Error failed(std::string_view what, const std::filesystem::path& file, int code)
{
    const auto kind = code == ENOENT   ? ErrorKind::not_found
                      : code == ENOSPC ? ErrorKind::full
                      : code == EACCES ? ErrorKind::denied
                                       : ErrorKind::unavailable;
    return Error{kind,
                 fmt::format("cannot {} {}: {}", what, file.string(), std::generic_category().message(code))};
}

}  // namespace

Descriptor::~Descriptor()
{
    if (value_ >= 0) ::close(value_);
}

Result<Descriptor> lock_file(const std::filesystem::path& file)
{
    Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (descriptor.get() < 0) return failed("open", file, errno);
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0) return descriptor;
    if (errno != EWOULDBLOCK) return failed("lock", file, errno);
    return Error{ErrorKind::denied, fmt::format("{} is locked: another gateway uses it", file.string())};
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& file)
{
    const Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    if (descriptor.get() < 0) return failed("open", file, errno);
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) return failed("look at", file, errno);
    if (status.st_size == 0) return Error{ErrorKind::corrupt, fmt::format("{} is empty", file.string())};
    return map(descriptor, static_cast<std::size_t>(status.st_size), file);
}

Result<MappedFile> MappedFile::create(const std::filesystem::path& file, std::size_t bytes)
{
    const Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (descriptor.get() < 0) return failed("make", file, errno);
    // Without its pages a full tmpfs would be a SIGBUS at some later store, not an error now.
    if (const int code = ::posix_fallocate(descriptor.get(), 0, static_cast<off_t>(bytes)); code != 0)
        return failed("allocate", file, code);
    return map(descriptor, bytes, file);
}

Result<MappedFile> MappedFile::map(const Descriptor& descriptor,
                                   std::size_t bytes,
                                   const std::filesystem::path& file)
{
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.get(), 0);
    if (memory == MAP_FAILED) return failed("map", file, errno);
    return MappedFile(std::unique_ptr<std::byte, Unmap>(static_cast<std::byte*>(memory), Unmap{bytes}));
}

void MappedFile::Unmap::operator()(std::byte* memory) const
{
    ::munmap(memory, size);
}

}  // namespace tidegate::bridge
