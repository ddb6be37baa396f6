#include "web/server/visible.hpp"

namespace tidegate::web {

std::optional<store::Series> visible_series(const Api& api, const Request& request, store::SeriesId id)
{
    auto series = api.store.series().get(id);
    if (series && !request.identity.may_read(series->topic)) series.reset();
    return series;
}

std::set<std::string, std::less<>> visible_devices(const Api& api, const Request& request)
{
    std::set<std::string, std::less<>> devices;
    const auto sees = [&](const store::Series& one) {
        if (!one.device.empty() && request.identity.may_read(one.topic)) devices.insert(one.device);
        return false;  // their names are all that is wanted
    };
    (void)api.store.series().list(0, 1, sees);
    return devices;
}

bool limit_to_visible(const Api& api, const Request& request, store::Gap& gap)
{
    gap.count = 0;
    for (auto& part : gap.parts) {
        std::erase_if(part.series, [&](const auto& one) { return !visible_series(api, request, one.first); });
        gap.count += count_of(part);
    }
    std::erase_if(gap.parts, [](const store::GapPart& part) { return part.series.empty(); });
    return !gap.parts.empty();
}

}  // namespace tidegate::web
