#include "store/side_file.hpp"

#include "base/log.hpp"
#include "store/damage.hpp"
#include "store/salvage.hpp"

namespace tidegate::store {

SideFile::SideFile(std::filesystem::path file, Form form) : file_(std::move(file)), form_(std::move(form)) {}

bool SideFile::exists() const
{
    std::error_code none;
    return std::filesystem::exists(file_, none);
}

Result<> SideFile::use(const std::function<Result<>(Database&)>& work)
{
    if (auto done = open(); !done) return done;
    auto done = work(*database_);
    if (done || !is_damaged(done.error())) return done;
    if (auto aside = set_aside(done.error()); !aside) return aside;
    if (auto opened = open(); !opened) return opened;
    return work(*database_);
}

Result<> SideFile::open()
{
    if (database_ && !database_->frozen()) return {};
    if (auto done = finish_salvage(file_); !done) return done;
    auto done = try_open();
    if (done || !is_damaged(done.error())) return done;
    if (auto aside = set_aside(done.error()); !aside) return aside;
    return try_open();
}

Result<> SideFile::try_open()
{
    database_.reset();
    auto database = Database::open(file_, Access::read_write);
    if (!database) return database.error();
    if (auto done = database->migrate(form_.version, form_.schema, Journal::rollback); !done) return done;
    for (const auto& table : form_.tables)  // SQLite takes a schema that was cut off for an empty one
        if (auto rows = database->prepare("SELECT 1 FROM " + table); !rows)
            return Error{ErrorKind::corrupt, rows.error().what};
    if (auto done = form_.load(*database); !done) return done;
    database_ = std::move(*database);
    return {};
}

bool SideFile::is_damaged(const Error& error) const
{
    return error.kind == ErrorKind::corrupt || (database_ && database_->read_failed());
}

Result<> SideFile::set_aside(const Error& why)
{
    database_.reset();
    SalvagePlan plan{form_.version, 4096, form_.schema, {}, {}};
    for (const auto& table : form_.tables) plan.tables.push_back({table, {}});
    auto done = salvage(file_, plan);
    if (!done) return done.error();
    log::error("{}; found: {}", describe(file_, *done), why.what);
    return {};
}

}  // namespace tidegate::store
