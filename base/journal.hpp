#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::log {

// A line as fields for the journal, "NAME=value": MESSAGE, PRIORITY, TIDEGATE_EVENT (its first word, when it
// is one: "reload_refused"), and each key=value of it as TIDEGATE_KEY. A quoted value is without its quotes.
std::vector<std::string> journal_fields(std::string_view line, int priority);

// Whether systemd's journal took it.
bool send_to_journal(std::string_view line, int priority);

}  // namespace tidegate::log
