#include "store/backup.hpp"

#include "store/database.hpp"
#include "store/sealed_file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace tidegate::store {

namespace {

namespace fs = std::filesystem;

class Backup {
public:
    Backup(const fs::path& target, const std::function<bool(const BackupProgress&)>& told)
        : target_(target),
          told_(told)
    {
    }

    void expect(const std::vector<fs::path>& files)
    {
        for (const auto& file : files) {
            std::error_code missing;
            const auto size = fs::file_size(file, missing);
            if (!missing) progress_.total += size;
        }
    }

    // A file that is gone (a day that was purged meanwhile) is no error.
    Result<> copy(const fs::path& file)
    {
        std::error_code ignored;
        if (!fs::exists(file, ignored)) return {};
        const auto size = fs::file_size(file, ignored);
        auto from = Database::open(file, Access::read_only);
        if (!from) return from.error();
        auto to = Database::open(target_ / file.filename(), Access::read_write);
        if (!to) return to.error();
        progress_.file = file.filename();
        if (auto done = to->copy_from(*from, [&] { return told_(progress_); }); !done) return done;
        progress_.bytes += size;
        if (!told_(progress_)) return Error{ErrorKind::unavailable, "the backup was stopped"};
        return {};
    }

private:
    fs::path target_;
    const std::function<bool(const BackupProgress&)>& told_;
    BackupProgress progress_;
};

struct Sealed {
    Tier tier;
    std::int64_t period;
    fs::path file;
};

std::vector<Sealed> sealed(const fs::path& directory)
{
    std::vector<Sealed> files;
    for (const auto tier : {Tier::readings, Tier::minutes, Tier::hours})
        for (const auto& [period, file] : sealed_files(directory, tier))
            files.push_back({tier, period, file});
    return files;
}

// What was sealed after the log was copied is in the log's copy: there it must not be taken for sealed.
Result<> take_back(const fs::path& target, const Sealed& one, std::uint64_t last_seq)
{
    auto looked_at = SealedFile::open(target, one.tier, one.period, Access::read_only);
    if (!looked_at && looked_at.error().kind == ErrorKind::not_found) return {};
    if (!looked_at) return looked_at.error();
    if (looked_at->through() <= last_seq) return {};
    auto file = SealedFile::open(target, one.tier, one.period, Access::read_write);
    if (!file) return file.error();
    return file->drop_after(last_seq);
}

}  // namespace

Result<> back_up(const fs::path& directory,
                 const fs::path& target,
                 const std::function<bool(const BackupProgress&)>& told)
{
    std::error_code failed;
    if (!fs::exists(directory / "log.db", failed))
        return Error{ErrorKind::not_found,
                     fmt::format("{}: no data directory of Tidegate", directory.string())};
    if (fs::exists(target, failed) && !fs::is_empty(target, failed))
        return Error{
            ErrorKind::invalid,
            fmt::format("{}: is there already and not empty; name a new directory", target.string())};
    fs::create_directories(target, failed);
    if (failed)
        return Error{ErrorKind::denied,
                     fmt::format("{}: cannot be made: {}", target.string(), failed.message())};

    Backup backup(target, told);
    const std::vector<fs::path> first{directory / "log.db", directory / "meta.db", directory / "gaps.db",
                                      directory / "dead.db", directory / "commands.db"};
    backup.expect(first);
    for (const auto& one : sealed(directory)) backup.expect({one.file});
    for (const auto& file : first)
        if (auto done = backup.copy(file); !done) return done;
    auto log = Database::open(target / "log.db", Access::read_only);
    if (!log) return log.error();
    auto last = log->integer("SELECT max(seq) FROM log");
    if (!last) return last.error();
    for (const auto& one : sealed(directory)) {
        if (auto done = backup.copy(one.file); !done) return done;
        if (auto done = take_back(target, one, static_cast<std::uint64_t>(*last)); !done) return done;
    }
    return {};
}

}  // namespace tidegate::store
