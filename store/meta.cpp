#include "store/meta.hpp"

namespace tidegate::store {

namespace {

constexpr auto schema = R"(
    CREATE TABLE series(
        id INTEGER PRIMARY KEY, topic TEXT NOT NULL, field TEXT NOT NULL,
        device TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL,
        UNIQUE(topic, field));
)";

}  // namespace

Result<Meta> Meta::open(const std::filesystem::path& file)
{
    auto database = Database::open(file, Access::read_write);
    if (!database) return database.error();
    if (auto done = database->migrate(1, schema); !done) return done.error();
    if (auto done = database->execute("PRAGMA synchronous=FULL"); !done) return done.error();
    auto insert = database->prepare(
        "INSERT INTO series(id, topic, field, device, name, unit) VALUES(?, ?, ?, ?, ?, ?)");
    if (!insert) return insert.error();
    return Meta(std::move(*database), std::move(*insert));
}

Result<std::vector<Series>> Meta::load()
{
    auto rows = database_.prepare("SELECT id, topic, field, device, name, unit FROM series ORDER BY id");
    if (!rows) return rows.error();
    std::vector<Series> series;
    for (;;) {
        auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return series;
        if (static_cast<std::size_t>(rows->integer(0)) != series.size() + 1)
            return Error{ErrorKind::corrupt, "meta.db: the series' ids have a hole"};
        const auto text = [&](int column) { return std::string(rows->blob(column)); };
        series.push_back(
            {static_cast<SeriesId>(rows->integer(0)), text(1), text(2), text(3), text(4), text(5)});
    }
}

Result<> Meta::add(std::span<const Series> series)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.error();
    for (const auto& one : series) {
        insert_.bind(1, static_cast<std::int64_t>(one.id));
        int column = 2;
        for (const auto* text : {&one.topic, &one.field, &one.device, &one.name, &one.unit})
            insert_.bind_text(column++, *text);
        if (auto done = insert_.run(); !done) return done;
    }
    return transaction->commit();
}

}  // namespace tidegate::store
