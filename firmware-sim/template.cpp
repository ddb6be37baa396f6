#include "firmware-sim/template.hpp"

#include "firmware-sim/time_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <stdexcept>

namespace tidegate::sim {

namespace {

constexpr std::array<std::string_view, 6> time_forms = {"", "z", "space", "s", "ms", "ns"};

std::string time_in(std::string_view form, std::int64_t time_ms)
{
    if (form == "s") return fmt::format("{}", time_ms / 1000);
    if (form == "ms") return fmt::format("{}", time_ms);
    if (form == "ns") return fmt::format("{}000000", time_ms);
    auto text = time_text(time_ms);
    if (form == "z") text += fmt::format(".{:03}Z", time_ms % 1000);
    if (form == "space") text[10] = ' ';
    return text;
}

void try_out(std::string_view format, bool whole)
{
    if (whole)
        static_cast<void>(fmt::format(fmt::runtime(format), std::int64_t{1}));
    else
        static_cast<void>(fmt::format(fmt::runtime(format), 1.0));
}

}  // namespace

Template::Template(std::string_view text, const std::vector<SignalSpec>& signals)
{
    while (!text.empty()) {
        const auto begin = text.find("${");
        if (begin > 0) places_.push_back({.text = std::string(text.substr(0, begin))});
        if (begin == std::string_view::npos) return;
        const auto end = text.find('}', begin);
        if (end == std::string_view::npos) throw std::invalid_argument("a ${ without its }");
        places_.push_back(place_of(text.substr(begin + 2, end - begin - 2), signals));
        text.remove_prefix(end + 1);
    }
}

Template::Place Template::place_of(std::string_view inside, const std::vector<SignalSpec>& signals)
{
    const auto colon = inside.find(':');
    const auto name = inside.substr(0, colon);
    const auto form = colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
    Place place;
    if (name == "device" || name == "word" || name == "seq") {
        place.what = name == "device" ? What::device : name == "word" ? What::word : What::seq;
        return place;
    }
    if (name == "time") {
        if (std::find(time_forms.begin(), time_forms.end(), form) == time_forms.end())
            throw std::invalid_argument(
                fmt::format("${{time:{}}}: time is written as z, space, s, ms or ns", form));
        place.what = What::time;
        place.text = form;
        return place;
    }
    place.text = fmt::format("{{:{}}}", form);
    if (name == "index") {
        place.what = What::index;
        place.whole = true;
    } else {
        const auto found =
            std::find_if(signals.begin(), signals.end(), [&](auto& signal) { return signal.name == name; });
        if (found == signals.end())
            throw std::invalid_argument(fmt::format("${{{}}}: there is no such signal", name));
        place.what = What::signal;
        place.signal = static_cast<std::size_t>(found - signals.begin());
        place.whole = form.ends_with('d') || form.ends_with('x') || form.ends_with('X');
        if (const auto bar = form.find('|'); bar != std::string_view::npos) {
            place.yes = form.substr(0, bar);
            place.no = form.substr(bar + 1);
            return place;
        }
    }
    try {
        try_out(place.text, place.whole);
    } catch (const fmt::format_error&) {
        throw std::invalid_argument(fmt::format("${{{}}}: no number is written so; .1f and d are", inside));
    }
    return place;
}

std::string Template::render(const Moment& moment) const
{
    std::string out;
    for (const auto& place : places_) put(place, moment, out);
    return out;
}

void Template::put(const Place& place, const Moment& moment, std::string& out)
{
    switch (place.what) {
    case What::text: out += place.text; return;
    case What::device: out += moment.device; return;
    case What::word: out += moment.word; return;
    case What::index: fmt::format_to(std::back_inserter(out), fmt::runtime(place.text), moment.index); return;
    case What::seq: fmt::format_to(std::back_inserter(out), "{}", moment.seq++ % 256); return;
    case What::time: out += time_in(place.text, moment.own_time_ms); return;
    case What::signal: break;
    }
    const double value = moment.signals.sample(place.signal, moment.time_ms);
    const bool is_switch = moment.signals.is_switch(place.signal);
    if (!place.yes.empty() || !place.no.empty())
        out += value != 0 ? place.yes : place.no;
    else if (const auto* text = moment.signals.text(place.signal))
        out += *text;
    else if (is_switch && !place.whole)
        out += value != 0 ? "true" : "false";
    else if (place.whole)
        fmt::format_to(std::back_inserter(out), fmt::runtime(place.text), std::llround(value));
    else
        fmt::format_to(std::back_inserter(out), fmt::runtime(place.text), value);
}

}  // namespace tidegate::sim
