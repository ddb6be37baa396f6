// What of a damaged file of sealed history is kept.
#include "store/damage.hpp"
#include "store/salvage.hpp"
#include "store/sealed_schema.hpp"

#include <fmt/format.h>
#include <map>

namespace tidegate::store {

using namespace sealed;

namespace {

using Counts = std::map<std::int64_t, std::uint64_t>;  // of each round

// What is damaged of a group goes from it.
Result<> put_group_right(Database& fresh, std::int64_t id, const SealedGroup& group)
{
    std::vector<SealedRow> sound;
    for (const auto& part : group.parts)
        if (part.is_sound()) sound.push_back({part.series, part.count, std::string(part.body)});
    auto put = fresh.prepare(sound.empty() ? "DELETE FROM row WHERE id = ?1"
                                           : "UPDATE row SET b = ?2 WHERE id = ?1");
    if (!put) return put.error();
    const auto blob = encode_group(id, group.kind, sound);
    put->bind(1, id);
    if (!sound.empty()) put->bind_blob(2, blob);
    return put->run();
}

Result<Counts> put_groups_right(Database& fresh, Salvaged& so_far)
{
    auto rows = fresh.prepare("SELECT id, b FROM row ORDER BY id");
    if (!rows) return rows.error();
    Counts counts;
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return counts;
        const auto id = rows->integer(0);
        const auto group = read_group(id, rows->blob(1));
        if (!group) return group.error();  // it was looked at when it was copied
        std::uint64_t lost = 0;
        for (const auto& part : group->parts) {
            const bool sound = part.is_sound();
            lost += sound ? 0 : 1;
            if (sound) counts[round_of_row(id)] += part.count;
        }
        if (lost == 0) continue;
        so_far.lost += lost;
        if (auto done = put_group_right(fresh, id, *group); !done) return done.error();
    }
}

// By number. Only sound ones were copied.
Result<std::map<std::int64_t, Round>> rounds_in(Database& fresh)
{
    auto rows = fresh.prepare(select_round);
    if (!rows) return rows.error();
    std::map<std::int64_t, Round> rounds;
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return rounds;
        if (const auto round = round_of(*rows)) rounds.emplace(round->n, *round);
    }
}

// Rounds say again what is there: how many readings, where rows were lost; and rows whose round is lost have
// one again, as wide as can be. That one says of nothing that it is sealed: what the log still has is sealed
// once more, and shown once.
Result<> put_rounds_right(Database& fresh, Tier tier, std::int64_t period, Counts counts)
{
    const auto known = rounds_in(fresh);
    if (!known) return known.error();
    for (const auto& [n, round] : *known) counts.try_emplace(n);
    for (const auto& [n, count] : counts) {
        const auto found = known->find(n);
        const bool there = found != known->end();
        auto round = there ? found->second : Round{};
        round.n = n;
        // Minutes and hours say how many readings they are of, which their rows do not.
        if (there && (tier != Tier::readings || round.count == count)) continue;
        // What is left keeps its end: an upstream that is within it gets all of what it has not passed.
        if (round.first_slot > 0 && count < round.count) round.first_slot += round.count - count;
        round.count = count;
        if (!there) {
            const auto day = day_of_round(tier, period, n);
            round.from_ms = day * day_ms;
            round.to_ms = (day + 1) * day_ms - 1;
        }
        if (auto done = fresh.execute(fmt::format("DELETE FROM round WHERE n = {}", n)); !done) return done;
        auto insert = fresh.prepare(insert_round);
        if (!insert) return insert.error();
        bind_round(*insert, round);
        if (auto done = insert->run(); !done) return done;
    }
    return {};
}

}  // namespace

Result<std::string> SealedFile::salvage(const std::filesystem::path& directory,
                                        Tier tier,
                                        std::int64_t period)
{
    const auto path = sealed_path(directory, tier, period);
    SalvagePlan plan{schema_version, page_size, schema_of(tier), {}, {}};
    // Column 0 is the key once more; those of the table follow.
    plan.tables.push_back({"round", [](const Statement& row) { return round_of(row, 1).has_value(); }});
    plan.tables.push_back(
        {"row", [](const Statement& row) { return read_group(row.integer(1), row.blob(2)).has_value(); }});
    if (tier == Tier::hours) plan.tables.push_back({"series", {}});
    plan.finish = [&](Database& fresh, Salvaged& so_far) -> Result<> {
        auto counts = put_groups_right(fresh, so_far);
        if (!counts) return counts.error();
        return put_rounds_right(fresh, tier, period, std::move(*counts));
    };
    auto done = store::salvage(path, plan);
    if (!done) return done.error();
    return describe(path, *done);
}

}  // namespace tidegate::store
