#pragma once

#include "store/series_table.hpp"

#include <optional>
#include <string_view>

namespace tidegate::store {

// How the field of a series that is made from another one is read: "/temperature@10min/mean". The views point
// into the series.
struct DerivedName {
    std::string_view source;  // field of the series that it is made from; empty for a scalar
    std::string_view maker;   // "10min", "summary", "alarm"
    std::string_view value;   // "mean"

    // Only windows are named by a duration.
    bool is_window() const { return !maker.empty() && maker.front() >= '0' && maker.front() <= '9'; }
};

// None: a device says it.
inline std::optional<DerivedName> derived_name(const Series& series)
{
    if (series.of == 0) return std::nullopt;
    const std::string_view field = series.field;
    const auto at = field.rfind('@');
    if (at == field.npos) return DerivedName{field, {}, {}};
    const auto made = field.substr(at + 1);
    const auto slash = made.find('/');
    if (slash == made.npos) return DerivedName{field.substr(0, at), made, {}};
    return DerivedName{field.substr(0, at), made.substr(0, slash), made.substr(slash + 1)};
}

}  // namespace tidegate::store
