#include "store/damage.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>

namespace tidegate::store {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t small_log = 8UL * 1024 * 1024;  // a tenth of a second of CPU to read through
constexpr std::size_t most_faults = 20;

Result<> look(Database& database, const std::string& pragma, Faults& faults)
{
    auto lines = database.prepare(fmt::format("PRAGMA {}({})", pragma, most_faults));
    if (!lines) return lines.error();
    for (;;) {
        auto row = lines->step();
        if (!row) return row.error();
        if (!*row) return {};
        if (const auto line = lines->blob(0); line != "ok") faults.emplace_back(line);
    }
}

// Whether nothing was ever made in it.
Result<bool> is_blank(const fs::path& file)
{
    auto database = Database::open(file, Access::read_only);
    if (!database) return database.error();
    database->checkpoint_on_close(false);
    auto tables = database->integer("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    return *tables == 0;
}

bool holds_sealed_files(const fs::path& directory)
{
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".db") && name != "log.db" && name != "meta.db") return true;
    }
    return false;
}

// Series as sealed files have them, of ids that `wanted` has; the newest file first.
void find_in_sealed_files(const fs::path& directory, std::map<SeriesId, std::optional<Series>>& wanted)
{
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("hour-") && name.ends_with(".db")) files.push_back(entry.path());
    }
    std::sort(files.rbegin(), files.rend());
    for (const auto& file : files) {
        auto database = Database::open(file, Access::read_only);
        if (!database) continue;
        auto rows = database->prepare("SELECT id, topic, field, device, name, unit FROM series");
        if (!rows) continue;
        for (;;) {
            auto row = rows->step();
            if (!row || !*row) break;
            const auto text = [&](int column) { return std::string(rows->blob(column)); };
            const auto found = wanted.find(static_cast<SeriesId>(rows->integer(0)));
            if (found != wanted.end() && !found->second)
                found->second = Series{found->first, text(1), text(2), text(3), text(4), text(5)};
        }
    }
}

class Opener {
public:
    Opener(const fs::path& directory, const std::function<SealedMarks()>& sealed)
        : directory_(directory),
          sealed_(sealed)
    {
    }

    Result<Vital> run(bool clean_stop)
    {
        auto log = open_log(clean_stop);
        if (!log) return log.error();
        auto meta = open_meta(log->restored().series);
        if (!meta) return meta.error();
        auto series = meta->load();
        if (!series) return series.error();
        if (auto done = fill_up(*meta, *series, log->restored().series); !done) return done.error();
        return Vital{std::move(*log), std::move(*meta), std::move(*series), std::move(damage_)};
    }

private:
    Result<Log> open_log(bool clean_stop)
    {
        const auto file = directory_ / "log.db";
        const auto salvage = [&] { return Log::salvage(file, sealed_().seq); };
        if (auto done = finish_salvage(file); !done) return done.error();
        std::error_code none;
        const auto size = fs::file_size(file, none);
        const bool wanted = !none && (!clean_stop || size <= small_log);
        const auto life = [&] { return holds_sealed_files(directory_) || meta_has_series(); };
        if (auto done = mend(file, wanted ? Log::check(file) : Result<Faults>(Faults()), life, salvage);
            !done)
            return done.error();
        auto log = Log::open(file);
        if (log || log.error().kind != ErrorKind::corrupt) return log;
        if (auto done = set_aside(salvage, log.error().what); !done) return done.error();
        return Log::open(file);
    }

    Result<Meta> open_meta(SeriesId in_log)
    {
        const auto file = directory_ / "meta.db";
        if (auto done = finish_salvage(file); !done) return done.error();
        std::error_code ignored;
        const bool wanted = fs::exists(file, ignored);
        const auto life = [&] { return in_log > 0 || holds_sealed_files(directory_); };
        if (auto done = mend(file, wanted ? Meta::check(file) : Result<Faults>(Faults()), life,
                             [&] { return Meta::salvage(file); });
            !done)
            return done.error();
        return Meta::open(file);
    }

    bool meta_has_series()
    {
        auto meta = Database::open(directory_ / "meta.db", Access::read_only);
        if (!meta) return false;
        auto count = meta->integer("SELECT count(*) FROM series");
        return count && *count > 0;
    }

    // Sets a file aside that has faults, or that is empty in a directory that had a life.
    Result<> mend(const fs::path& file,
                  const Result<Faults>& faults,
                  const std::function<bool()>& had_life,
                  const std::function<Result<std::string>()>& salvage)
    {
        if (!faults) return faults.error();
        if (!faults->empty()) return set_aside(salvage, faults->front());
        std::error_code ignored;
        const bool there = fs::exists(file, ignored);
        if (there) {
            auto blank = is_blank(file);
            if (!blank)
                return blank.error().kind == ErrorKind::corrupt ? set_aside(salvage, blank.error().what)
                                                                : Result<>(blank.error());
            if (!*blank) return {};
        }
        if (!had_life()) return {};
        if (there) return set_aside(salvage, "it is empty");
        damage_.push_back(fmt::format("{}: it was missing, and is made anew", file.filename().string()));
        return {};
    }

    Result<> set_aside(const std::function<Result<std::string>()>& salvage, const std::string& why)
    {
        auto said = salvage();
        if (!said) return said.error();
        damage_.push_back(*said + "; found: " + why);
        return {};
    }

    // Ids keep their meaning: what meta.db has lost is taken from the sealed files, or has no name any more.
    Result<> fill_up(Meta& meta, std::vector<Series>& series, SeriesId in_log)
    {
        auto last = in_log;
        if (!damage_.empty()) last = std::max(last, sealed_().series);
        if (!series.empty()) last = std::max(last, series.back().id);
        if (series.size() == last) return {};
        std::map<SeriesId, std::optional<Series>> missing;
        for (SeriesId id = 1; id <= last; ++id) missing[id];
        for (const auto& one : series) missing.erase(one.id);
        find_in_sealed_files(directory_, missing);

        std::map<std::pair<std::string, std::string>, SeriesId> names;
        for (const auto& one : series) names.emplace(std::pair(one.topic, one.field), one.id);
        std::vector<Series> added;
        std::size_t found = 0;
        for (auto& [id, copy] : missing) {
            const bool named = copy && names.emplace(std::pair(copy->topic, copy->field), id).second;
            found += named ? 1 : 0;
            added.push_back(named ? *copy : Series{id, fmt::format("lost/series-{}", id), "", "", "", ""});
        }
        if (auto done = meta.keep(added); !done) return done;
        damage_.push_back(
            fmt::format("meta.db: {} series were missing: {} are as sealed files have them, {} have "
                        "no name any more (lost/series-ID)",
                        added.size(), found, added.size() - found));
        series.insert(series.end(), added.begin(), added.end());
        std::sort(series.begin(), series.end(), [](auto& a, auto& b) { return a.id < b.id; });
        return {};
    }

    const fs::path& directory_;
    const std::function<SealedMarks()>& sealed_;
    std::vector<std::string> damage_;
};

Result<Faults> look_once(const fs::path& file,
                         int version,
                         const std::string& pragma,
                         const std::function<Result<>(Database&, Faults&)>& rows)
{
    Faults faults;
    auto database = Database::open(file, Access::read_only);
    if (!database && database.error().kind == ErrorKind::corrupt) return Faults{database.error().what};
    if (!database) return database.error();
    database->checkpoint_on_close(false);  // looked at, not touched
    auto found = database->integer("PRAGMA user_version");
    if (found && *found != version) return faults;
    auto done =
        found ? database->execute("BEGIN; SELECT count(*) FROM sqlite_schema") : Result<>(found.error());
    database->read_ahead(true);
    if (done) done = look(*database, pragma, faults);
    if (done) done = rows(*database, faults);
    if (done) return faults;
    const auto kind = done.error().kind;
    if (kind != ErrorKind::corrupt && kind != ErrorKind::internal && !database->read_failed())
        return done.error();  // internal: it is not the schema that we made
    faults.push_back(done.error().what);
    return faults;
}

}  // namespace

// What the disk does not give, even when asked twice, is lost; a fault of the moment is not.
Result<Faults> look_through(const fs::path& file,
                            int version,
                            const std::string& pragma,
                            const std::function<Result<>(Database&, Faults&)>& rows)
{
    auto first = look_once(file, version, pragma, rows);
    if (!first || first->empty()) return first;
    return look_once(file, version, pragma, rows);
}

std::string describe(const fs::path& file, const Salvaged& salvaged)
{
    return fmt::format("{}: damaged; it is in quarantine/{} now; rows kept {}, lost {}{}",
                       file.filename().string(), salvaged.aside.filename().string(), salvaged.kept,
                       salvaged.lost, salvaged.ends_read ? "" : " or more");
}

Result<Vital> open_vital(const fs::path& directory,
                         bool clean_stop,
                         const std::function<SealedMarks()>& sealed)
{
    return Opener(directory, sealed).run(clean_stop);
}

}  // namespace tidegate::store
