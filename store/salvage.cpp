#include "store/salvage.hpp"

#include "base/clock.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <queue>
#include <set>

namespace tidegate::store {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_stretches = 4096;  // of keys, looked at in one table
constexpr std::uint64_t rows_a_transaction = 1000;
constexpr std::int64_t least_key = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most_key = std::numeric_limits<std::int64_t>::max();

// Keys of which nothing is known yet, both ends inclusive.
struct Stretch {
    std::int64_t from = least_key;
    std::int64_t to = most_key;

    std::uint64_t width() const { return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from); }
    bool operator<(const Stretch& other) const { return width() < other.width(); }
};

fs::path fresh_path(const fs::path& file)
{
    return file.string() + "-salvaged";
}

Error failed(const fs::path& file, std::string_view attempted, const std::error_code& why)
{
    return {ErrorKind::unavailable, fmt::format("{}: {}: {}", file.string(), attempted, why.message())};
}

Result<> move(const fs::path& from, const fs::path& to)
{
    std::error_code why;
    fs::rename(from, to, why);
    if (why) return failed(from, "set aside", why);
    return {};
}

Result<> sync(const fs::path& path, int flags)
{
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
    const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
    const std::error_code why(errno, std::generic_category());
    if (descriptor >= 0) ::close(descriptor);
    if (!done) return failed(path, "sync", why);
    return {};
}

void remove_database(const fs::path& file)
{
    std::error_code ignored;
    for (const auto* suffix : {"", "-wal", "-shm"}) fs::remove(file.string() + suffix, ignored);
}

// quarantine/NAME-TIME, which nothing is called yet.
Result<fs::path> place_aside(const fs::path& file)
{
    const auto folder = file.parent_path() / "quarantine";
    std::error_code why;
    fs::create_directories(folder, why);
    if (why) return failed(folder, "make", why);
    const std::chrono::sys_time<std::chrono::seconds> now{std::chrono::seconds(wall_ms() / 1000)};
    const auto name = fmt::format("{}-{:%Y%m%dT%H%M%SZ}", file.filename().string(), now);
    auto place = folder / name;
    for (int i = 2; fs::exists(place, why); ++i) place = folder / fmt::format("{}-{}", name, i);
    return place;
}

// The file first: when its WAL alone is left behind, finish_salvage() knows whose it was.
Result<fs::path> set_aside(const fs::path& file)
{
    auto place = place_aside(file);
    if (!place) return place;
    if (auto done = move(file, *place); !done) return done.error();
    const fs::path wal = file.string() + "-wal";
    std::error_code ignored;
    if (fs::exists(wal, ignored))
        if (auto done = move(wal, place->string() + "-wal"); !done) return done.error();
    fs::remove(file.string() + "-shm", ignored);
    return place;
}

Result<> put_in_place(const fs::path& file)
{
    if (auto done = move(fresh_path(file), file); !done) return done;
    return sync(file.parent_path(), O_RDONLY | O_DIRECTORY);
}

// Copies what can be read of one table.
class Rescue {
public:
    Rescue(Database& from, Database& to, const SalvageTable& table, Salvaged& count)
        : from_(from),
          to_(to),
          table_(table),
          count_(count)
    {
    }

    // An error is one of the new file's.
    Result<> run()
    {
        if (!prepare()) {
            ++count_.lost;
            count_.ends_read = false;
            return {};
        }
        std::priority_queue<Stretch> unknown;  // the widest first
        unknown.push({});
        for (std::size_t i = 0; !unknown.empty(); ++i) {
            auto stretch = unknown.top();
            unknown.pop();
            if (i > most_stretches) {
                unreadable_.push_back(stretch);
                continue;
            }
            if (auto done = narrow(stretch); !done) return done;
            if (i == 0 && stretch.to == most_key) count_.ends_read = false;
            if (stretch.from > stretch.to) continue;
            if (stretch.from == stretch.to || i == most_stretches) {
                unreadable_.push_back(stretch);
                continue;
            }
            const auto middle = stretch.from + static_cast<std::int64_t>(stretch.width() / 2);
            unknown.push({stretch.from, middle});
            unknown.push({middle + 1, stretch.to});
        }
        count_unreadable();
        if (in_hand_) return in_hand_->commit();
        return {};
    }

private:
    bool prepare()
    {
        const auto select =
            "SELECT rowid, * FROM " + table_.name + " WHERE rowid BETWEEN ? AND ? ORDER BY rowid";
        auto up = from_.prepare(select);
        auto down = from_.prepare(select + " DESC");
        if (!up || !down) return false;
        up_ = std::move(*up);
        down_ = std::move(*down);
        std::string places = "?";
        for (int i = 2; i < up_.columns(); ++i) places += ", ?";
        auto insert = to_.prepare(fmt::format("INSERT OR IGNORE INTO {} VALUES({})", table_.name, places));
        if (!insert) return false;  // not the columns that it should have
        insert_ = std::move(*insert);
        return true;
    }

    // Takes what can be read from both ends; what is left of the stretch begins and ends unreadable.
    Result<> narrow(Stretch& stretch)
    {
        auto whole = read(up_, stretch);
        if (!whole) return whole.error();
        if (!*whole) whole = read(down_, stretch);
        if (!whole) return whole.error();
        if (*whole) stretch = {1, 0};
        return {};
    }

    // Makes the stretch shorter by what it reads. True: nothing is left of it. The key of a row that is not
    // kept is not believed either, so that it moves nothing.
    Result<bool> read(Statement& rows, Stretch& stretch)
    {
        const bool upwards = &rows == &up_;
        rows.bind(1, stretch.from);
        rows.bind(2, stretch.to);
        Result<bool> whole = false;
        for (;;) {
            auto row = rows.step();
            if (row && !*row) whole = true;
            if (!row || !*row) break;
            const auto key = rows.integer(0);
            if (table_.keep && !table_.keep(rows)) {
                count_.lost += refused_.insert(key).second ? 1 : 0;
                continue;
            }
            if (key < stretch.from || key > stretch.to) break;  // a page in the place of another
            if (auto done = take(rows); !done) {
                whole = done.error();
                break;
            }
            if (key == (upwards ? stretch.to : stretch.from)) {
                whole = true;
                break;
            }
            (upwards ? stretch.from : stretch.to) = upwards ? key + 1 : key - 1;
        }
        rows.reset();
        return whole;
    }

    // Those side by side are one.
    void count_unreadable()
    {
        std::sort(unreadable_.begin(), unreadable_.end(), [](auto& a, auto& b) { return a.from < b.from; });
        for (std::size_t i = 0; i < unreadable_.size(); ++i)
            count_.lost += i == 0 || unreadable_[i].from - 1 != unreadable_[i - 1].to ? 1 : 0;
    }

    Result<> take(const Statement& row)
    {
        if (!in_hand_) {
            auto begun = Transaction::begin(to_);
            if (!begun) return begun.error();
            in_hand_.emplace(std::move(*begun));
        }
        for (int i = 1; i < row.columns(); ++i) insert_.bind_column(i, row, i);
        if (auto done = insert_.run(); !done) return done;
        if (++count_.kept % rows_a_transaction != 0) return {};
        auto done = in_hand_->commit();
        in_hand_.reset();
        return done;
    }

    Database& from_;
    Database& to_;
    const SalvageTable& table_;
    Salvaged& count_;
    Statement up_, down_, insert_;
    std::optional<Transaction> in_hand_;
    std::set<std::int64_t> refused_;
    std::vector<Stretch> unreadable_;
};

// A damaged file is read where it is and stays as it is: what its WAL holds is read, and not moved into it.
Result<> copy(const fs::path& file, Database& fresh, const SalvagePlan& plan, Salvaged& count)
{
    auto damaged = Database::open(file, Access::damaged);
    if (!damaged) {
        count.lost += plan.tables.size();
        count.ends_read = false;
        return {};
    }
    damaged->checkpoint_on_close(false);
    for (const auto& table : plan.tables)
        if (auto done = Rescue(*damaged, fresh, table, count).run(); !done) return done;
    return {};
}

Result<> make_fresh(const fs::path& file, const SalvagePlan& plan, Salvaged& count)
{
    const auto path = fresh_path(file);
    remove_database(path);
    auto fresh = Database::open(path, Access::read_write, plan.page_size);
    if (!fresh) return fresh.error();
    if (auto done = fresh->migrate(plan.version, plan.schema); !done) return done;
    // Synced as a whole below: until then it counts for nothing.
    if (auto done = fresh->execute("PRAGMA synchronous=OFF"); !done) return done;
    if (auto done = copy(file, *fresh, plan, count); !done) return done;
    if (plan.finish)
        if (auto done = plan.finish(*fresh, count); !done) return done;
    return fresh->execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

Result<Salvaged> salvage(const fs::path& file, const SalvagePlan& plan)
{
    Salvaged count;
    auto made = make_fresh(file, plan, count);
    if (made) made = sync(fresh_path(file), O_RDONLY);
    if (!made) {
        remove_database(fresh_path(file));
        return made.error();
    }
    auto aside = set_aside(file);
    if (!aside) return aside.error();
    count.aside = std::move(*aside);
    if (auto done = put_in_place(file); !done) return done.error();
    return count;
}

Result<> finish_salvage(const fs::path& file)
{
    std::error_code ignored;
    if (!fs::exists(fresh_path(file), ignored)) return {};
    if (fs::exists(file, ignored)) {  // it had not come as far as to set it aside
        remove_database(fresh_path(file));
        return {};
    }
    const fs::path wal = file.string() + "-wal";
    if (fs::exists(wal, ignored)) {  // of the file that was set aside
        auto place = place_aside(wal);
        if (!place) return place.error();
        if (auto done = move(wal, *place); !done) return done;
    }
    return put_in_place(file);
}

}  // namespace tidegate::store
