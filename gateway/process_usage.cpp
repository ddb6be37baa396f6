#include "gateway/process_usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace tidegate::gateway {

namespace {

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessUsage process_usage()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    return {seconds(usage.ru_utime) + seconds(usage.ru_stime),
            resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
}

}  // namespace tidegate::gateway
