#include "store/damage.hpp"
#include "store/log.hpp"
#include "store/log_schema.hpp"
#include "store/salvage.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <random>

namespace tidegate::store {

namespace {

std::string literal(std::string_view blob)
{
    std::string hex;
    for (const auto byte : blob)
        fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(byte));
    return "x'" + hex + "'";
}

std::uint64_t given(const LogState& state)
{
    std::uint64_t seq = 0;
    for (const auto& upstream : state.upstreams)
        seq = std::max({seq, upstream.cursor, upstream.place(Lane::live)});
    return seq;
}

// States only ever grow, but for a cursor that is forgotten.
bool newer(const LogState& one, const LogState& other)
{
    const auto age = [](const LogState& state) {
        return std::pair(state.books.received + state.books.read, given(state));
    };
    return age(one) >= age(other);
}

// Looks at each row that can be read, and gathers what the new log needs beside them.
class LogRescue {
public:
    explicit LogRescue(std::uint64_t given_seq) : last_(given_seq) {}

    bool keep(const Statement& row)
    {
        const auto seq = static_cast<std::uint64_t>(row.integer(0));
        const auto batch = decode_batch(row.blob(3), seq);
        if (auto state = LogState::decode(row.blob(2)); state && newer(*state, state_))
            state_ = std::move(*state);
        if (seq >= newest_) {
            newest_ = seq;
            newest_is_sound_ = batch.has_value();
        }
        if (!batch) return false;
        ++rows_;
        readings_ += batch->records.size();
        kept_through_ = std::max(kept_through_, seq);
        for (const auto& record : batch->records) series_ = std::max(series_, record.reading.series);
        return true;
    }

    bool keep_head(const Statement& row)
    {
        epoch_ = static_cast<std::uint64_t>(row.integer(1));
        return true;
    }

    // Where the newest row is not known, seqs may have been given out that nobody remembers. They must name
    // nothing else: it is another log from then on.
    Result<> finish(Database& fresh, bool end_read)
    {
        same_ = end_read && newest_is_sound_ && epoch_ != 0;
        state_.series = std::max(state_.series, series_);
        last_ = std::max({last_, kept_through_, given(state_)});
        if (auto done = fresh.execute(log_schema::set_epoch(same_ ? epoch_ : draw_epoch())); !done)
            return done;
        const bool has_row = rows_ > 0 && last_ == kept_through_;
        return fresh.execute(has_row ? log_schema::set_state(last_, state_)
                                     : log_schema::set_last(last_, state_));
    }

    std::string said() const
    {
        return fmt::format("{} readings kept{}", readings_, same_ ? "" : ", a new epoch");
    }

private:
    std::uint64_t newest_ = 0;
    bool newest_is_sound_ = false;
    bool same_ = false;
    std::uint64_t epoch_ = 0;
    std::uint64_t last_;
    std::uint64_t kept_through_ = 0;
    std::uint64_t rows_ = 0, readings_ = 0;
    SeriesId series_ = 0;
    LogState state_;
};

Result<> look_at_rows(Database& database, Faults& faults)
{
    auto rows = database.prepare("SELECT seq, state, batch FROM log ORDER BY seq");
    if (!rows) return rows.error();
    std::size_t count = 0;
    for (;; ++count) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        const auto seq = static_cast<std::uint64_t>(rows->integer(0));
        if (!batch_is_sound(rows->blob(2), seq)) faults.push_back(fmt::format("batch {}: checksum", seq));
        if (!LogState::decode(rows->blob(1))) faults.push_back(fmt::format("state {}: checksum", seq));
    }
    if (count == 0) faults.emplace_back("not even the last row is there");
    return {};
}

}  // namespace

std::uint64_t draw_epoch()
{
    std::random_device source;
    const auto high = static_cast<std::uint64_t>(source()) << 32U;
    return (high | source()) & 0x7fff'ffff'ffff'ffffULL;  // fits SQLite's signed integers
}

std::string log_schema::set_epoch(std::uint64_t epoch)
{
    return fmt::format("DELETE FROM head; INSERT INTO head VALUES({})", epoch);
}

std::string log_schema::set_last(std::uint64_t seq, const LogState& state)
{
    return fmt::format("INSERT INTO log VALUES({}, {}, {})", seq, literal(state.encode()),
                       literal(encode_batch({}, seq, {})));
}

std::string log_schema::set_state(std::uint64_t seq, const LogState& state)
{
    return fmt::format("UPDATE log SET state = {} WHERE seq = {}", literal(state.encode()), seq);
}

Result<Faults> Log::check(const std::filesystem::path& file)
{
    return look_through(file, log_schema::version, "quick_check", look_at_rows);
}

Result<std::string> Log::salvage(const std::filesystem::path& file, std::uint64_t given_seq)
{
    LogRescue rescue(given_seq);
    SalvagePlan plan{log_schema::version, log_schema::page_size, log_schema::sql, {}, {}};
    plan.tables = {{"head", [&](const Statement& row) { return rescue.keep_head(row); }},
                   {"log", [&](const Statement& row) { return rescue.keep(row); }}};
    plan.finish = [&](Database& fresh, const Salvaged& so_far) {
        return rescue.finish(fresh, so_far.ends_read);
    };
    auto done = store::salvage(file, plan);
    if (!done) return done.error();
    return describe(file, *done) + ", " + rescue.said();
}

}  // namespace tidegate::store
