#include "gateway/doctor/finding.hpp"

#include "base/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

std::string_view paint(Verdict verdict)
{
    switch (verdict) {
    case Verdict::ok: return "\x1b[32m";
    case Verdict::warn: return "\x1b[33m";
    case Verdict::fail: return "\x1b[31m";
    }
    return "";
}

}  // namespace

std::string_view to_string(Verdict verdict)
{
    switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::warn: return "warn";
    case Verdict::fail: return "fail";
    }
    return "";
}

Verdict worst_of(const Findings& findings)
{
    auto worst = Verdict::ok;
    for (const auto& one : findings) worst = std::max(worst, one.verdict);
    return worst;
}

std::string as_text(const Findings& findings, Colour colour)
{
    std::string text;
    std::size_t widest = 0;
    for (const auto& one : findings) widest = std::max(widest, one.area.size());
    for (const auto& [verdict, area, what, advice] : findings) {
        const bool painted = colour == Colour::yes;
        text += fmt::format("{}{:<4}{}  {:<{}}  {}\n", painted ? paint(verdict) : "", to_string(verdict),
                            painted ? "\x1b[0m" : "", shown(area), widest, shown(what));
        if (!advice.empty()) text += fmt::format("      {:<{}}  → {}\n", "", widest, shown(advice));
    }
    const auto count = [&](Verdict verdict) {
        return std::ranges::count(findings, verdict, &Finding::verdict);
    };
    return text + fmt::format("{} ok, {} to look at, {} to mend\n", count(Verdict::ok), count(Verdict::warn),
                              count(Verdict::fail));
}

std::string as_json(const Findings& findings)
{
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const auto& [verdict, area, what, advice] : findings)
        list.push_back({{"verdict", to_string(verdict)}, {"area", area}, {"what", what}, {"advice", advice}});
    const Json json{{"verdict", to_string(worst_of(findings))}, {"findings", std::move(list)}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tidegate::gateway
