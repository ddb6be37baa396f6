#pragma once

#include "firmware-sim/payload_form.hpp"
#include "firmware-sim/template.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::sim {

struct Availability {
    Template topic;
    std::string online, offline;
};

struct MessageSpec {
    Template topic;
    Template payload;
    Form form = Form::text;
    bool retained = false;
};

// One kind of device of a family.
struct Kind {
    Template name;                   // may have ${index} and ${word}
    std::vector<std::string> words;  // given to devices in turn; at least one, perhaps empty
    std::uint32_t share = 1;         // of so many among the devices of its family
    std::vector<SignalSpec> signals;
    std::vector<MessageSpec> births;  // said once, when it starts
    std::vector<MessageSpec> messages;
    std::vector<std::size_t> turns;  // places in messages, one after the other, over and over
    std::optional<Availability> availability;
};

// A family of firmware, as a TOML file describes it (docs/simulator.md).
struct Profile {
    std::string family;
    std::string about;
    std::string decoder;  // that the gateway knows its readings by; for people and tests
    bool common = false;  // among those that a fleet has unless it is told
    std::vector<Kind> kinds;
    std::vector<std::uint32_t> pattern;  // kinds, by share: the devices of the family in turn
};

// std::runtime_error: what is wrong, with file and line. `file`: for messages.
Profile read_profile(std::string_view text, const std::string& file);
Profile load_profile(const std::filesystem::path& file);

// Those that are in the program: name of the file and its text.
struct BuiltinProfile {
    std::string_view file;
    std::string_view text;
};
const std::vector<BuiltinProfile>& builtin_profiles();

}  // namespace tidegate::sim
