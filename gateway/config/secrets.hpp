#pragma once

#include "base/error.hpp"
#include "gateway/config/config.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tidegate::gateway {

// Files that hold secrets. Any key that names a file may say `credential:NAME` instead, for one that systemd
// hands over (LoadCredential=NAME:FILE in the unit); it is then in $CREDENTIALS_DIRECTORY.

// Puts the path in the place of each `credential:NAME`, in brokers, upstreams and [web], and looks at each
// file that holds a password, a token or a private key. Errors: invalid (there are no credentials, or that is
// no name of one), denied (others can read the secret), not_found.
Result<> resolve_files(Config& config);
std::vector<Error> resolve_all_files(Config& config);  // the same, and tells all that is wrong

// The content of a secret's file without the line end. Errors: denied (others can read it), not_found.
Result<std::string> read_secret(const std::filesystem::path& file);

// The same for a file that need not be named: empty for no name.
Result<std::string> secret_of(const std::string& file);

}  // namespace tidegate::gateway
