#include "gateway/rules/forward_choice.hpp"

#include <algorithm>

namespace tidegate::gateway {

ForwardChoice::ForwardChoice(const std::vector<Rule>& rules, std::string upstream)
    : upstream_(std::move(upstream))
{
    for (const auto& rule : rules) {
        if (!rule.forward) continue;
        matcher_.add(rule);
        forwards_.push_back(*rule.forward);
    }
}

bool ForwardChoice::operator()(const store::Series& series, const store::SeriesTable& table) const
{
    const auto source = series.of == 0 ? series : table.get(series.of).value_or(series);
    const auto matching = matcher_.of({source.topic, source.device, source.field, source.device_class});
    if (matching.empty()) return true;
    const auto& forward = forwards_[matching.front()];
    switch (forward.what) {
    case Forward::What::all: return true;
    case Forward::What::none: return false;
    case Forward::What::derived: return series.of != 0;
    case Forward::What::named: break;
    }
    return std::ranges::find(forward.upstreams, upstream_) != forward.upstreams.end();
}

}  // namespace tidegate::gateway
