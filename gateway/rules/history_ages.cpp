#include "gateway/rules/history_ages.hpp"

#include "gateway/rules/matcher.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <string>

namespace tidegate::gateway {

store::SeriesAges history_ages(const std::vector<Rule>& rules)
{
    Matcher matcher;
    store::SeriesAges found;
    std::vector<std::chrono::days> ages;
    std::string text;
    for (const auto& rule : rules) {
        if (!rule.history) continue;
        matcher.add(rule);
        ages.push_back(std::chrono::ceil<std::chrono::days>(*rule.history));
        for (const auto& part : {rule.topic, rule.device, rule.field, rule.device_class})
            text.append(part).push_back('\0');
        text += fmt::format("{}\n", ages.back().count());
    }
    found.fingerprint = std::hash<std::string>()(text);
    found.ages = ages;
    std::ranges::sort(found.ages);
    const auto again = std::ranges::unique(found.ages);
    found.ages.erase(again.begin(), again.end());
    found.of = [matcher = std::move(matcher),
                ages = std::move(ages)](const store::Series& series) -> std::optional<std::chrono::days> {
        if (series.of != 0) return std::nullopt;
        const auto rules_of = matcher.of({series.topic, series.device, series.field, series.device_class});
        if (rules_of.empty()) return std::nullopt;
        return ages[rules_of.front()];
    };
    return found;
}

}  // namespace tidegate::gateway
