#include "bridge/selection.hpp"

#include "base/topic_filter.hpp"
#include "store/derived_name.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace tidegate::bridge {

Result<Selection> Selection::make(SelectionRules rules)
{
    for (const auto* filters : {&rules.include, &rules.exclude})
        for (const auto& filter : *filters)
            if (!valid_filter(filter))
                return Error{ErrorKind::invalid, fmt::format("\"{}\" is not a topic filter", filter)};
    Selection selection;
    selection.rules_ = std::move(rules);
    return selection;
}

bool Selection::takes_all() const
{
    return rules_.include.empty() && rules_.exclude.empty() && rules_.devices.empty() &&
           rules_.send == Send::both && !rules_.wanted;
}

bool Selection::takes(const store::SeriesTable& table, store::SeriesId id)
{
    if (takes_all()) return true;
    if (id >= known_.size()) known_.resize(id + std::size_t{1}, Known::no);
    auto& known = known_[id];
    // What a record names and the table does not know has no topic: no rule can mean it.
    if (known == Known::no)
        known = fits(table.get(id).value_or(store::Series{}), table) ? Known::taken : Known::left;
    return known == Known::taken;
}

bool Selection::is_sent(const store::Series& series) const
{
    if (rules_.send == Send::both) return true;
    const auto derived = store::derived_name(series);
    const bool is_window = derived && derived->is_window();
    if (rules_.send == Send::readings) return !is_window;
    return is_window || (derived && derived->maker == "alarm");
}

bool Selection::fits(const store::Series& series, const store::SeriesTable& table) const
{
    if (rules_.wanted && !rules_.wanted(series, table)) return false;
    if (!is_sent(series)) return false;
    const auto matching = [&](const std::string& filter) { return matches(filter, series.topic); };
    if (!rules_.include.empty() && std::ranges::none_of(rules_.include, matching)) return false;
    if (std::ranges::any_of(rules_.exclude, matching)) return false;
    return rules_.devices.empty() || std::ranges::find(rules_.devices, series.device) != rules_.devices.end();
}

}  // namespace tidegate::bridge
