#include "store/held.hpp"

#include "store/sealed_file.hpp"
#include "store/store.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <set>

namespace tidegate::store {

namespace {

struct File {
    ino_t inode = 0;
    std::int64_t changed_ns = 0;
    std::uint64_t bytes = 0;  // on disk
};

File file_at(const std::filesystem::path& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return {status.st_ino, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
            static_cast<std::uint64_t>(status.st_blocks) * 512};
}

}  // namespace

void HeldHistory::look_at(const std::filesystem::path& directory, std::int64_t number, Day& day)
{
    const auto found = file_at(sealed_path(directory, Tier::readings, number));
    const bool same = found.inode == day.inode && found.changed_ns == day.changed_ns;
    day.bytes = found.bytes;
    if (same) return;
    day.inode = found.inode;
    day.changed_ns = found.changed_ns;
    day.count = day.through = 0;
    day.rounds.clear();
    auto file = SealedFile::open(directory, Tier::readings, number, Access::read_only);
    if (!file) return;
    day.through = file->through();
    for (const auto& round : file->rounds()) {
        day.rounds.push_back({round.first_slot, round.count});
        day.count += round.count;
    }
}

void HeldHistory::look(const StoreOptions& options, std::int64_t today)
{
    Days days;
    {
        const std::scoped_lock lock(mutex_);
        days = days_;
    }
    std::uint64_t used = 0;
    for (auto& [number, day] : days) day.minutes = 0;
    const auto readings = sealed_files(options.directory, Tier::readings);
    for (const auto& [number, path] : readings) days[number];
    for (const auto& [number, path] : sealed_files(options.directory, Tier::minutes))
        used += days[number].minutes = file_at(path).bytes;
    for (auto& [number, day] : days) {
        look_at(options.directory, number, day);
        used += day.bytes;
    }
    std::erase_if(days, [](auto& entry) { return entry.second.bytes == 0 && entry.second.minutes == 0; });
    std::map<std::int64_t, std::uint64_t> months;
    for (const auto& [number, path] : sealed_files(options.directory, Tier::hours))
        used += months[number] = file_at(path).bytes;

    auto unused = static_cast<std::int64_t>(options.history_bytes) - static_cast<std::int64_t>(used);
    std::error_code failed;
    const auto space = std::filesystem::space(options.directory, failed);
    if (!failed)
        unused = std::min(unused, static_cast<std::int64_t>(space.available) -
                                      static_cast<std::int64_t>(options.free_bytes));
    const std::scoped_lock lock(mutex_);
    days_ = std::move(days);
    months_ = std::move(months);
    today_ = today;
    unused_ = unused;
}

void HeldHistory::describe(StoreState& state, std::uint64_t sent) const
{
    const std::scoped_lock lock(mutex_);
    std::uint64_t held = 0, goes_first = 0, bytes = 0, count = 0;
    std::set<std::int64_t> owed_months{month_of(today_)};
    for (const auto& [number, day] : days_) {
        bytes += day.count > 0 ? day.bytes + day.minutes : 0;
        count += day.count;
        if (day.through <= sent) {
            if (number < today_) goes_first += day.bytes + day.minutes;
            continue;
        }
        std::uint64_t owed = 0;
        for (const auto& round : day.rounds) {
            const auto end = round.first_seq + round.count;
            if (end > sent + 1) owed += std::min(round.count, end - sent - 1);
        }
        if (owed == 0) continue;
        held += static_cast<std::uint64_t>(static_cast<double>(day.bytes) * static_cast<double>(owed) /
                                           static_cast<double>(day.count));
        owed_months.insert(month_of(number));
    }
    for (const auto& [month, of_hours] : months_)
        if (!owed_months.contains(month)) goes_first += of_hours;
    const auto room = std::max<std::int64_t>(0, unused_ + static_cast<std::int64_t>(goes_first));
    state.held_bytes += held;
    state.held_bytes_most += held + static_cast<std::uint64_t>(room);
    if (count > 0) state.bytes_a_reading = static_cast<double>(bytes) / static_cast<double>(count);
}

}  // namespace tidegate::store
