// How it came that a message was read as it was, for programs and for people.
#include "gateway/decode/decoded.hpp"

#include <fmt/format.h>

namespace tidegate::gateway {

std::string_view chosen_by(const Decoded& decoded)
{
    switch (decoded.chosen) {
    case Chosen::nobody: return {};
    case Chosen::rule: return "rule";
    case Chosen::topic: return "topic";
    case Chosen::discovery: return "discovery";
    case Chosen::post: return "post";
    case Chosen::structure: break;
    }
    return decoded.decoder == "scalar" || decoded.decoder == "text" ? decoded.decoder : "structure";
}

std::string chosen_because(const Decoded& decoded)
{
    switch (decoded.chosen) {
    case Chosen::nobody: return {};
    case Chosen::rule: return fmt::format("because the rule at {} says so", decoded.rule);
    case Chosen::topic: return fmt::format("because its topic is one of {}'s", decoded.decoder);
    case Chosen::discovery: return "because discovery says what is on this topic";
    case Chosen::post: return "because it was posted as such";
    case Chosen::structure: break;
    }
    if (decoded.rejected) return {};
    if (decoded.decoder == "scalar") return "because it is one number or word";
    if (decoded.decoder == "text") return "because it is none of the forms that are known";
    return "because it is built like that";
}

}  // namespace tidegate::gateway
