#pragma once

#include "base/error.hpp"
#include "gateway/config/config.hpp"
#include "gateway/decode/decoder.hpp"
#include "gateway/rules/rule_set.hpp"

#include <nlohmann/json_fwd.hpp>

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

// A message that somebody gives, to see what would be made of it.
struct TrialMessage {
    std::string topic, payload;
    bool retained = false;
};

// {"topic":…,"payload":… or "payload_base64":…,"retained":…}, the last optional. Error: invalid.
Result<TrialMessage> read_trial(const nlohmann::json& given);

struct Trial {
    std::vector<nlohmann::ordered_json> readings;  // as `tidegate decode` prints them
    std::vector<std::string> asks;                 // what it would have published
    std::string_view decoder;
    std::string_view chosen;  // by what the decoder was; docs/api.md
    std::string rule;         // where the rule stands that chose it; empty: none did
    std::string_view reason;  // it is rejected; empty: it is not
    std::string what;         // for people: what became of it, and why
};

// Understands messages as a gateway with these rules and limits would that has just started: each in the
// light of those before it. One thread at a time.
class TrialBench {
public:
    TrialBench(const LimitsConfig& limits, const std::vector<Rule>& rules);
    Trial take(const TrialMessage& message);

private:
    nlohmann::ordered_json reading(const TrialMessage& message, Field field, const Decoded& decoded);

    Decoder decoder_;
    RuleSet rules_;
};

// POST /api/v1/decode, by the configuration that is in effect. Any thread.
class Trials {
public:
    void use(const Config& config);
    Result<std::string> take(const std::string& body) const;  // Error: invalid

private:
    mutable std::mutex mutex_;
    LimitsConfig limits_;
    std::vector<Rule> rules_;
};

}  // namespace tidegate::gateway
