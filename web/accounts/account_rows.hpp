#pragma once

#include "store/database.hpp"
#include "web/accounts/account_book.hpp"

#include <string>

// How rows of accounts.db are written and read.
namespace tidegate::web::rows {

inline constexpr int version = 1;
extern const char* const schema;

Result<> load(store::Database& database, AccountRows& into);
Result<> insert(store::Database& database, const User& user, bool replace);
Result<> insert(store::Database& database, const Token& token);
Result<> insert(store::Database& database, const Session& session);
Result<> insert(store::Database& database, const AuditEntry& entry);
Result<std::vector<AuditEntry>> audit(store::Database& database, std::uint64_t before, std::size_t limit);

}  // namespace tidegate::web::rows
