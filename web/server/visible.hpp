#pragma once

#include "store/gap.hpp"
#include "store/series_table.hpp"
#include "web/server/api.hpp"
#include "web/server/request.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What of the gateway's series whoever asks may see: the topics of `Request::identity.read`. What they may
// not see is answered as what is not there.
namespace tidegate::web {

inline bool sees_all(const Request& request)
{
    return request.identity.read.all();
}

inline constexpr std::string_view concerns_all =
    "This concerns all readings, and you may not read all of them.";

// The series, if there is one that they may see.
std::optional<store::Series> visible_series(const Api& api, const Request& request, store::SeriesId id);

// Of which they may see a series.
std::set<std::string, std::less<>> visible_devices(const Api& api, const Request& request);

// What they may see of a gap, counted anew; false: nothing.
bool limit_to_visible(const Api& api, const Request& request, store::Gap& gap);

// Up to `wanted` entries with numbers below `before` that are kept by `keep`, out of a list that `fetch`
// reads page by page, the newest first.
template <class Fetch, class Keep, class Number>
auto pages_of_visible(
    std::uint64_t before, std::size_t wanted, const Fetch& fetch, const Keep& keep, Number number)
    -> decltype(fetch(before, wanted))
{
    constexpr std::size_t page = 500;
    auto kept = fetch(before, page);
    if (!kept) return kept;
    auto found = std::move(*kept);
    kept->clear();
    for (;;) {
        const bool last = found.size() < page;
        if (!found.empty()) before = found.back().*number;
        for (auto& one : found)
            if (kept->size() < wanted && keep(one)) kept->push_back(std::move(one));
        if (last || kept->size() >= wanted) return kept;
        auto more = fetch(before, page);
        if (!more) return more;
        found = std::move(*more);
    }
}

}  // namespace tidegate::web
