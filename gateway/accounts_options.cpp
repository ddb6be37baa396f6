#include "gateway/accounts_options.hpp"

#include "gateway/config/secrets.hpp"

namespace tidegate::gateway {

Result<web::AccountsOptions> accounts_options(const Config& config)
{
    web::AccountsOptions options;
    options.state_directory = config.gateway.state_directory;
    options.runtime_directory = config.gateway.runtime_directory;
    options.idle = config.web.session_idle;
    options.longest = config.web.session_longest;
    options.sessions_each = static_cast<std::size_t>(config.web_limits.sessions_each);
    const auto& jwt = config.web_jwt;
    if (jwt.algorithms.empty() && jwt.key_files.empty() && jwt.secret_file.empty()) return options;
    auto secret = secret_of(jwt.secret_file);
    if (!secret) return secret.error();
    web::JwtRules rules;
    rules.key_files.assign(jwt.key_files.begin(), jwt.key_files.end());
    rules.secret = std::move(*secret);
    rules.algorithms = jwt.algorithms;
    rules.issuer = jwt.issuer;
    rules.audience = jwt.audience;
    rules.longest = std::chrono::duration_cast<std::chrono::seconds>(jwt.longest);
    rules.leeway = std::chrono::duration_cast<std::chrono::seconds>(jwt.leeway);
    rules.role_claim = jwt.role;
    rules.read_claim = jwt.read;
    rules.write_claim = jwt.write;
    options.jwt = std::move(rules);
    return options;
}

}  // namespace tidegate::gateway
