#pragma once

#include "gateway/rules/matcher.hpp"
#include "gateway/rules/rule.hpp"
#include "store/series_table.hpp"

#include <string>
#include <vector>

namespace tidegate::gateway {

// Whether rules let an upstream have a series. What the gateway makes of a series goes by the rules of that
// one. Any number of threads.
class ForwardChoice {
public:
    ForwardChoice(const std::vector<Rule>& rules, std::string upstream);

    bool lets_all() const { return forwards_.empty(); }
    bool operator()(const store::Series& series, const store::SeriesTable& table) const;

private:
    Matcher matcher_;  // of the rules that speak of it
    std::vector<Forward> forwards_;
    std::string upstream_;
};

}  // namespace tidegate::gateway
