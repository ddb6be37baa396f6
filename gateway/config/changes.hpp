#pragma once

#include "gateway/config/config.hpp"

#include <string>
#include <vector>

namespace tidegate::gateway {

// Whether a key of [gateway], [limits], [store], [web] or [commands] can be applied while the gateway runs.
bool applies_live(std::string_view section, std::string_view key);

// Gives `next`, as read and not complete(), the values that `running` has where they cannot be applied while
// it runs. Tells the keys for which they differ, "web.port": those need a restart.
std::vector<std::string> keep_what_needs_a_restart(const Config& running, Config& next);

// What a section says and what lies in the files that it names: where two are equal nothing has to be opened
// anew. Their names are resolved (secrets.hpp).
std::string fingerprint(const BrokerConfig& broker);
std::string fingerprint(const UpstreamConfig& upstream);

}  // namespace tidegate::gateway
