#pragma once

#include "firmware-sim/signal_set.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::sim {

// What a device is at the moment when it speaks.
struct Moment {
    const std::string& device;
    const std::string& word;
    std::uint32_t index;       // among those of its profile, from 1
    std::int64_t time_ms;      // true time, which signals follow
    std::int64_t own_time_ms;  // as its clock has it
    std::uint64_t& seq;        // messages since its birth that have asked for it
    SignalSet& signals;
};

// A text with places for values, taken apart once:
//   ${device} ${index} ${index:02} ${word} ${seq}
//   ${time} in ISO 8601 without a zone, ${time:z} with a Z, ${time:space}, ${time:s} ${time:ms} ${time:ns}
//   ${power} ${power:.1f} ${power:d}; ${on} is true or false, ${on:ON|OFF} one of two words
class Template {
public:
    Template() = default;
    // std::invalid_argument: what is wrong with it. `signals`: the names that a place may have.
    Template(std::string_view text, const std::vector<SignalSpec>& signals);

    std::string render(const Moment& moment) const;

private:
    enum class What : std::uint8_t { text, device, index, word, seq, time, signal };
    struct Place {
        What what = What::text;
        std::string text{};       // itself; else how the value is written: a format of fmt
        std::string yes{}, no{};  // words for a switch; both empty: none
        std::size_t signal = 0;
        bool whole = false;  // written as an integer
    };

    static Place place_of(std::string_view inside, const std::vector<SignalSpec>& signals);
    static void put(const Place& place, const Moment& moment, std::string& out);

    std::vector<Place> places_;
};

}  // namespace tidegate::sim
