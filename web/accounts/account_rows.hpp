#pragma once

#include "store/database.hpp"
#include "web/accounts/account_book.hpp"

#include <string>
#include <string_view>
#include <type_traits>

// How rows of accounts.db are written and read.
namespace tidegate::web::rows {

inline constexpr int version = 1;
extern const char* const schema;

// A statement that gives no rows; `columns` stand in the places of its "?".
template <class... Columns>
Result<> run(store::Database& database, std::string_view sql, const Columns&... columns)
{
    auto row = database.prepare(sql);
    if (!row) return row.error();
    int index = 0;
    const auto bind = [&](const auto& column) {
        if constexpr (std::is_integral_v<std::decay_t<decltype(column)>>)
            row->bind(++index, column);
        else
            row->bind_text(++index, column);
    };
    (bind(columns), ...);
    return row->run();
}

Result<> load(store::Database& database, AccountRows& into);
Result<> insert(store::Database& database, const User& user, bool replace);
Result<> insert(store::Database& database, const Token& token);
Result<> insert(store::Database& database, const Session& session);
Result<> insert(store::Database& database, const AuditEntry& entry);
Result<std::vector<AuditEntry>> audit(store::Database& database, std::uint64_t before, std::size_t limit);

}  // namespace tidegate::web::rows
