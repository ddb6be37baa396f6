#include "gateway/rules/derived_series.hpp"

namespace tidegate::gateway {

store::SeriesId DerivedSeries::of(const store::Series& source, const Derived& derived)
{
    auto wanted = source;
    wanted.field += derived.suffix;
    wanted.of = source.id;
    if (!wanted.name.empty()) wanted.name += ", " + derived.name;
    if (!derived.measures_same) {
        wanted.unit.clear();
        wanted.device_class.clear();
    }
    wanted.expires_s = 0;  // it comes when it comes
    const auto known = table_.find(wanted.topic, wanted.field);
    if (!known) return table_.last() < most_ ? table_.add(std::move(wanted)) : 0;
    wanted.id = *known;
    table_.update(wanted);
    return *known;
}

}  // namespace tidegate::gateway
