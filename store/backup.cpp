#include "store/backup.hpp"

#include "store/database.hpp"
#include "store/sealed_path.hpp"

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

std::vector<fs::path> sealed(const fs::path& directory)
{
    std::vector<fs::path> files;
    for (const auto tier : {Tier::readings, Tier::minutes, Tier::hours})
        for (const auto& [period, file] : sealed_files(directory, tier)) files.push_back(file);
    return files;
}

// What was sealed after the log was copied is in the log's copy: there it must not be taken for sealed.
Result<> take_back(const fs::path& file, std::int64_t last_seq)
{
    auto database = Database::open(file, Access::read_write);
    if (!database) return database.error();
    auto made = database->integer("PRAGMA user_version");
    if (!made) return made.error();
    if (*made == 0) return {};
    auto later = database->integer(fmt::format("SELECT count(*) FROM round WHERE through > {}", last_seq));
    if (!later) return later.error();
    if (*later == 0) return {};
    return database->execute(
        fmt::format("BEGIN; DELETE FROM row WHERE id >> 32 IN (SELECT n FROM round WHERE through > {0});"
                    "DELETE FROM round WHERE through > {0}; COMMIT",
                    last_seq));
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
                                      directory / "dead.db"};
    backup.expect(first);
    backup.expect(sealed(directory));
    for (const auto& file : first)
        if (auto done = backup.copy(file); !done) return done;
    auto log = Database::open(target / "log.db", Access::read_only);
    if (!log) return log.error();
    auto last = log->integer("SELECT max(seq) FROM log");
    if (!last) return last.error();
    for (const auto& file : sealed(directory)) {
        if (auto done = backup.copy(file); !done) return done;
        if (auto done = take_back(target / file.filename(), *last); !done) return done;
    }
    return {};
}

}  // namespace tidegate::store
