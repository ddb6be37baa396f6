#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

enum class Verdict { ok, warn, fail };

// What `tidegate doctor` has to say of one thing.
struct Finding {
    Verdict verdict = Verdict::ok;
    std::string area;      // "clock", "disk", "broker plant", "upstream cloud" …
    std::string what;      // how it is
    std::string advice{};  // what to do; empty where it is ok
};
using Findings = std::vector<Finding>;

std::string_view to_string(Verdict verdict);
Verdict worst_of(const Findings& findings);

enum class Colour { no, yes };

// A line each, what to do below it, and a last line that counts them.
std::string as_text(const Findings& findings, Colour colour);
std::string as_json(const Findings& findings);

}  // namespace tidegate::gateway
