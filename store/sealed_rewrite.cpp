// A file of sealed history written once more, without some of it.
#include "base/whole_file.hpp"
#include "store/sealed_schema.hpp"

#include <map>
#include <system_error>

namespace tidegate::store {

using namespace sealed;

namespace {

namespace fs = std::filesystem;

using Counts = std::map<std::int64_t, std::uint64_t>;  // of each round

struct Copy {
    Database& from;
    Database& to;
    Tier tier;
    std::int64_t period;
    const std::function<bool(SeriesId, std::int64_t)>& goes;

    // Every row of a statement.
    template <class Each>
    Result<> all(const char* sql, Each each)
    {
        auto rows = from.prepare(sql);
        if (!rows) return rows.error();
        for (;;) {
            auto row = rows->step();
            if (!row) return row.error();
            if (!*row) return {};
            if (auto done = each(*rows); !done) return done;
        }
    }

    // Gives how many went of each round. A group keeps its key: what is looked for behind it is found there.
    Result<> groups(Counts& went)
    {
        auto insert = to.prepare("INSERT INTO row(id, b) VALUES(?, ?)");
        if (!insert) return insert.error();
        return all("SELECT id, b FROM row ORDER BY id", [&](const Statement& row) -> Result<> {
            const auto id = row.integer(0), n = round_of_row(id);
            auto group = read_group(id, row.blob(1));
            if (!group) return group.error();
            std::vector<SealedRow> kept;
            for (const auto& part : group->parts) {
                if (!part.is_sound()) return Error{ErrorKind::corrupt, "a part of a group: checksum"};
                if (goes(part.series, day_of_round(tier, period, n)))
                    went[n] += part.count;
                else
                    kept.push_back({part.series, part.count, std::string(part.body)});
            }
            if (kept.empty()) return {};
            const auto blob = encode_group(id, group->kind, kept);
            insert->bind(1, id);
            insert->bind_blob(2, blob);
            return insert->run();
        });
    }

    // Minutes and hours say how many readings they are of. What is left keeps its end, as in salvage().
    Result<> rounds(const Counts& went)
    {
        auto insert = to.prepare(insert_round);
        if (!insert) return insert.error();
        const auto sql = std::string(select_round) + " ORDER BY at";
        return all(sql.c_str(), [&](const Statement& row) -> Result<> {
            auto round = round_of(row);
            if (!round) return Error{ErrorKind::corrupt, "a round: checksum"};
            const auto found = went.find(round->n);
            if (tier == Tier::readings && found != went.end()) {
                if (round->first_slot > 0) round->first_slot += found->second;
                round->count -= found->second;
            }
            bind_round(*insert, *round);
            return insert->run();
        });
    }

    Result<> names()
    {
        if (tier != Tier::hours) return {};
        auto insert = to.prepare("INSERT INTO series VALUES(?, ?, ?, ?, ?, ?)");
        if (!insert) return insert.error();
        return all("SELECT id, topic, field, device, name, unit FROM series", [&](const Statement& row) {
            for (int column = 0; column < row.columns(); ++column)
                insert->bind_column(column + 1, row, column);
            return insert->run();
        });
    }
};

}  // namespace

Result<> SealedFile::write_without(const std::function<bool(SeriesId, std::int64_t)>& goes)
{
    const fs::path fresh_path = path_.string() + ".new";
    std::error_code failed;
    for (const auto* suffix : {"", "-journal"}) fs::remove(fresh_path.string() + suffix, failed);
    const auto make = [&]() -> Result<> {
        auto fresh = Database::open(fresh_path, Access::read_write, page_size);
        if (!fresh) return fresh.error();
        if (auto done = fresh->migrate(schema_version, schema_of(tier_), Journal::rollback); !done)
            return done;
        if (auto done = fresh->execute("PRAGMA synchronous=FULL"); !done) return done;
        auto transaction = Transaction::begin(*fresh);
        if (!transaction) return transaction.error();
        Copy copy{database_, *fresh, tier_, period_, goes};
        Counts went;
        if (auto done = copy.groups(went); !done) return done;
        if (auto done = copy.rounds(went); !done) return done;
        if (auto done = copy.names(); !done) return done;
        return transaction->commit();
    };
    if (auto made = make(); !made) {
        for (const auto* suffix : {"", "-journal"}) fs::remove(fresh_path.string() + suffix, failed);
        return made;
    }
    fs::rename(fresh_path, path_, failed);
    if (failed) return Error{ErrorKind::unavailable, path_.string() + ": " + failed.message()};
    return sync_folder(path_.parent_path());
}

}  // namespace tidegate::store
