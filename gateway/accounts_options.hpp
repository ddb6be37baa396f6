#pragma once

#include "base/error.hpp"
#include "gateway/config/config.hpp"
#include "web/accounts/accounts.hpp"

namespace tidegate::gateway {

// What the configuration says of accounts. Errors: those of the secret's file.
Result<web::AccountsOptions> accounts_options(const Config& config);

}  // namespace tidegate::gateway
