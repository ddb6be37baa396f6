#pragma once

#include "store/series_table.hpp"
#include "web/accounts/identity.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::web {

// What a client wishes to follow, as it said it; exactly one of the four. And what it may.
struct SubscriptionWish {
    bool all = true;
    std::vector<std::string> match;  // topic filters, valid
    std::vector<store::SeriesId> ids;
    std::vector<std::string> devices{};  // by name
    Scope read = Scope::everything();

    // The same for wishes that mean the same: in whatever order, however often.
    std::string key() const;
};

// A wish, resolved to ids. One object is shared by all clients with the same key; a series is matched once,
// when it first appears, and again only where names decide and have changed.
class Subscription {
public:
    explicit Subscription(SubscriptionWish wish);

    // Matches the series that were added since the last call.
    void extend(const store::SeriesTable& series);

    // Matches all anew, for devices may have been given other names. True: other series are ours now.
    bool match_anew(const store::SeriesTable& series);

    const std::string& key() const { return key_; }
    bool by_name() const { return !wish_.devices.empty(); }

    // Calls `each` with every id of ours up to `last`, rising.
    template <class Each>
    void for_ids(store::SeriesId last, const Each& each) const
    {
        if (everything_) {
            for (store::SeriesId id = 1; id <= last; ++id) each(id);
            return;
        }
        for (const store::SeriesId id : ids_) {
            if (id > last) return;
            each(id);
        }
    }

private:
    bool wanted(const store::Series& series) const;
    bool are_as_they_are() const;  // the ids of the wish are ours, there or not

    SubscriptionWish wish_;
    bool everything_;  // there is: no list of ids is kept
    std::string key_;
    std::vector<store::SeriesId> ids_;  // rising
    store::SeriesId examined_ = 0;
};

}  // namespace tidegate::web
