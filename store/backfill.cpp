#include "store/backfill.hpp"

namespace tidegate::store {

// Days come and go: listed anew whenever a slot is asked for that no known round has.
Result<> Backfill::list()
{
    parts_.clear();
    for (const auto& [day, path] : sealed_files(directory_, Tier::readings)) {
        auto file = files_.get(Tier::readings, day);
        if (!file && file.error().kind == ErrorKind::corrupt) {
            damaged_ = day;
            stop_ = {};
            return file.error();
        }
        if (!file || *file == nullptr) continue;
        for (const auto& round : (*file)->rounds())
            if (round.first_slot > 0) parts_[round.first_slot] = {round.count, day, round.n};
    }
    return {};
}

Result<std::optional<std::uint64_t>> Backfill::next(std::uint64_t slot)
{
    const auto find = [&]() -> std::optional<std::uint64_t> {
        auto after = parts_.upper_bound(slot);
        if (after != parts_.begin()) {
            const auto& [first, part] = *std::prev(after);
            if (slot < first + part.count &&
                std::filesystem::exists(sealed_path(directory_, Tier::readings, part.day)))
                return slot;
        }
        if (after == parts_.end()) return std::nullopt;
        return after->first;
    };
    const auto known = find();
    if (known && *known == slot) return known;
    if (auto done = list(); !done) return done.error();
    return find();
}

std::uint64_t Backfill::part_end(std::uint64_t slot) const
{
    const auto after = parts_.upper_bound(slot);
    if (after == parts_.begin()) return slot;
    const auto& [first, part] = *std::prev(after);
    return std::max(slot, first + part.count);
}

// Makes row_ the row that has the slot; a row without a series: there is none.
Result<> Backfill::read_row(SealedFile& file, const Part& part, std::uint64_t slot)
{
    auto first = std::prev(parts_.upper_bound(slot))->first;
    SeriesId from = 0;
    if (row_.series != 0 && row_.first_slot >= first && row_.first_slot + row_.count <= slot) {
        first = row_.first_slot + row_.count;
        from = row_.series + 1;
    }
    row_ = {};
    auto done = file.each(part.n, from, [&](const SealedFile::Row& row) -> Result<bool> {
        if (slot >= first + row.part.count) {
            first += row.part.count;
            from = row.part.series + 1;
            return true;
        }
        from = row.part.series;
        std::vector<Rollup> none;
        std::vector<Point> points;
        if (auto decoded = file.decode(row, points, none); !decoded) return decoded.error();
        row_ = {first, row.part.count, row.part.series, std::move(points)};
        return false;
    });
    if (!done && done.error().kind == ErrorKind::corrupt) {
        damaged_ = part.day;
        stop_ = {part.day, part.n, from};
    }
    return done;
}

Result<std::vector<Record>> Backfill::read(std::uint64_t slot, std::size_t limit)
{
    std::vector<Record> records;
    const auto at = parts_.upper_bound(slot);
    if (at == parts_.begin()) return records;
    const auto& [first, part] = *std::prev(at);
    const auto end = first + part.count;
    auto file = files_.get(Tier::readings, part.day);
    if (!file) {
        if (file.error().kind == ErrorKind::corrupt) damaged_ = part.day;
        stop_ = {};
        return file.error();
    }
    if (*file == nullptr) return records;
    while (slot < end && records.size() < limit) {
        const bool in_hand =
            row_.series != 0 && row_.first_slot <= slot && slot < row_.first_slot + row_.count;
        if (!in_hand)
            if (auto done = read_row(**file, part, slot); !done)
                return records.empty() ? Result<std::vector<Record>>(done.error()) : std::move(records);
        if (row_.series == 0) break;
        const auto& point = row_.points[slot - row_.first_slot];
        records.push_back({slot, {row_.series, point.time_ms, point.value, point.flags}});
        ++slot;
    }
    return records;
}

std::uint64_t Backfill::after_mending(std::uint64_t slot)
{
    const auto stop = std::exchange(stop_, {});
    row_ = {};
    parts_.clear();
    if (stop.series == 0 || !list()) return slot;
    for (const auto& [first, part] : parts_) {
        if (part.day != stop.day || part.n != stop.n || first + part.count <= slot) continue;
        auto file = files_.get(Tier::readings, part.day);
        if (!file || *file == nullptr) return slot;
        auto counts = (*file)->counts(part.n);
        if (!counts) return slot;
        auto at = first;
        for (const auto& [series, count] : *counts)
            if (series < stop.series) at += count;
        return std::max(slot, at);
    }
    return slot;
}

}  // namespace tidegate::store
