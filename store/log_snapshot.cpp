#include "store/log_snapshot.hpp"

#include "store/boot_clock.hpp"
#include "store/log.hpp"
#include "store/log_schema.hpp"
#include "store/meta.hpp"
#include "store/sealed_cache.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <set>

namespace tidegate::store {

namespace {

constexpr std::size_t most_open = 3;  // sealed files

class Taking {
public:
    Taking(const std::filesystem::path& directory, const ArchiveQuery& query)
        : directory_(directory),
          query_(query),
          files_(directory, most_open)
    {
    }

    Result<std::unique_ptr<LogSnapshot>> take()
    {
        if (auto done = open(); !done) return done.error();
        if (auto done = choose_series(); !done) return done.error();
        if (auto done = start_clock(); !done) return done.error();
        if (auto done = read_rows(); !done) return done.error();
        return std::move(snapshot_);
    }

private:
    // One read transaction from here to the end: no longer than it takes to read the log, because it keeps
    // the writer's WAL from starting over.
    Result<> open()
    {
        const auto file = directory_ / "log.db";
        std::error_code failed;
        if (!std::filesystem::exists(file, failed))
            return Error{failed ? ErrorKind::denied : ErrorKind::not_found,
                         failed ? fmt::format("{}: {}", file.string(), failed.message())
                                : fmt::format("{}: no data directory of Tidegate", directory_.string())};
        auto database = Database::open(file, Access::read_only);
        if (!database) return database.error();
        log_ = std::move(*database);
        log_.checkpoint_on_close(false);
        if (auto begun = log_.execute("BEGIN"); !begun) return begun.error();
        auto version = log_.integer("PRAGMA user_version");
        if (!version) return version.error();
        if (*version != log_schema::version)
            return Error{ErrorKind::denied,
                         fmt::format("{}: made by another version of Tidegate (schema {}, this one reads {})",
                                     file.string(), *version, log_schema::version)};
        auto last = log_.integer("SELECT max(seq) FROM log");
        if (!last) return last.error();
        snapshot_->last_seq = static_cast<std::uint64_t>(*last);
        return {};
    }

    // A series is in meta.db before the first batch that speaks of it. One whose name is lost is named as the
    // store does it.
    Result<> choose_series()
    {
        auto all = Meta::read(directory_ / "meta.db");
        if (!all) return all.error();
        const SeriesId most = all->empty() ? 0 : all->back().id;
        auto known = all->begin();
        wanted_.resize(most + std::size_t{1});
        for (SeriesId id = 1; id <= most; ++id) {
            const auto series = known->id == id
                                    ? std::move(*known++)
                                    : Series{id, fmt::format("lost/series-{}", id), "", "", "", ""};
            if (query_.wanted && !query_.wanted(series)) continue;
            wanted_[id] = true;
            snapshot_->series.push_back(series);
        }
        return {};
    }

    Result<> start_clock()
    {
        auto newest = log_.prepare("SELECT seq, batch FROM log ORDER BY seq DESC LIMIT 1");
        if (!newest) return newest.error();
        auto row = newest->step();
        if (!row) return row.error();
        BatchClock last;
        if (*row)
            if (auto batch = decode_batch(newest->blob(1), static_cast<std::uint64_t>(newest->integer(0))))
                last = batch->clock;
        clock_.emplace(ClockSource(), std::chrono::milliseconds(0), last);
        return {};
    }

    Result<> read_rows()
    {
        auto rows = log_.prepare("SELECT seq, batch FROM log ORDER BY seq");
        if (!rows) return rows.error();
        for (;;) {
            auto row = rows->step();
            if (!row) return row.error();
            if (!*row) return {};
            auto batch = decode_batch(rows->blob(1), static_cast<std::uint64_t>(rows->integer(0)));
            if (!batch) {
                ++snapshot_->damaged;
                continue;
            }
            if (auto done = add(*batch); !done) return done;
        }
    }

    Result<> add(DecodedBatch& batch)
    {
        auto& records = batch.records;
        if (auto done = put_right(batch); !done) return done;
        for (const auto& record : records)
            if (auto looked = look_up(day_of(record.reading.time_ms)); !looked) return looked;
        std::erase_if(records, [&](const Record& record) {
            const auto& reading = record.reading;
            return reading.series >= wanted_.size() || !wanted_[reading.series] || is_sealed(record) ||
                   reading.time_ms < query_.from_ms || reading.time_ms >= query_.to_ms;
        });
        snapshot_->hot.add(records);
        return {};
    }

    // As the store does it at a start: what was stamped before the clock was set gets its right time, but for
    // what is sealed as it was stamped.
    Result<> put_right(DecodedBatch& batch)
    {
        auto& records = batch.records;
        const auto waits = [](const Record& record) {
            return (record.reading.flags & flag::unsynchronised) != 0;
        };
        if (batch.clock.synchronised || std::none_of(records.begin(), records.end(), waits)) return {};
        if (const auto boot = batch.clock.boot; !clock_->asked(boot)) {
            auto offset = Log::offset_after(log_, records.back().seq, boot);
            if (!offset) return offset.error();
            clock_->learn(boot, *offset);
        }
        for (const auto& record : records)
            if (auto looked = look_up(day_of(record.reading.time_ms)); !looked) return looked;
        std::erase_if(records, [&](const Record& record) { return waits(record) && is_sealed(record); });
        clock_->put_right(batch);
        return {};
    }

    bool is_sealed(const Record& record) const
    {
        return record.seq <= snapshot_->through.at(day_of(record.reading.time_ms));
    }

    // Of every tier: a day may be thinned while the log still has it for an upstream. From the finest on, for
    // a file goes only when what stands in for it is there.
    Result<> look_up(std::int64_t day)
    {
        if (day == last_day_ || snapshot_->through.contains(day)) return {};
        last_day_ = day;
        auto& through = snapshot_->through[day];
        for (const auto tier : {Tier::readings, Tier::minutes, Tier::hours}) {
            auto file = files_.get(tier, period_of(tier, day));
            if (!file && file.error().kind == ErrorKind::corrupt) continue;  // said when it is read
            if (!file) return file.error();
            if (*file == nullptr) continue;
            for (const auto& round : (*file)->rounds_of(day))
                if (round.through <= snapshot_->last_seq) through = std::max(through, round.through);
        }
        return {};
    }

    const std::filesystem::path& directory_;
    const ArchiveQuery& query_;
    SealedCache files_;
    Database log_;
    std::optional<BootClock> clock_;
    std::vector<bool> wanted_;  // by id
    std::optional<std::int64_t> last_day_;
    std::unique_ptr<LogSnapshot> snapshot_ = std::make_unique<LogSnapshot>();
};

}  // namespace

Result<std::unique_ptr<LogSnapshot>> LogSnapshot::take(const std::filesystem::path& directory,
                                                       const ArchiveQuery& query)
{
    return Taking(directory, query).take();
}

std::uint64_t LogSnapshot::sealed_through(std::int64_t day) const
{
    const auto found = through.find(day);
    return found == through.end() ? last_seq : found->second;
}

}  // namespace tidegate::store
