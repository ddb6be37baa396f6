// Preloaded into a process (LD_PRELOAD), kills it with SIGKILL in the middle of its n-th write to a file or
// sync: n is $TIDEGATE_KILL_AT_WRITE. Of a write the first half is done, so that it is torn as well.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <dlfcn.h>

namespace {

std::atomic<long> left{[] {
    const char* wanted = std::getenv("TIDEGATE_KILL_AT_WRITE");  // NOLINT(concurrency-mt-unsafe): before main
    return wanted == nullptr ? 0L : std::atol(wanted);
}()};

bool is_the_last()
{
    return left.load() > 0 && left.fetch_sub(1) == 1;
}

[[noreturn]] void die()
{
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

template <class Function>
Function* real(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t at)
{
    static auto* const write = real<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    if (!is_the_last()) return write(descriptor, bytes, count, at);
    write(descriptor, bytes, count / 2, at);
    die();
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at)
{
    return pwrite64(descriptor, bytes, count, at);
}

int fdatasync(int descriptor)
{
    static auto* const sync = real<int(int)>("fdatasync");
    if (is_the_last()) die();
    return sync(descriptor);
}

int fsync(int descriptor)
{
    static auto* const sync = real<int(int)>("fsync");
    if (is_the_last()) die();
    return sync(descriptor);
}

}  // extern "C"
