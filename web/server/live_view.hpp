#pragma once

#include "store/live_table.hpp"
#include "web/server/live_protocol.hpp"
#include "web/server/subscription.hpp"

#include <cstdint>
#include <vector>

namespace tidegate::web {

// The web thread's own copy of the live table, brought up to date by what is newer: encoding for any number
// of clients then never touches the pipeline's lock. Beside the values it keeps when each series' freshness
// last changed.
class LiveView {
public:
    explicit LiveView(const store::LiveTable& table) : table_(table) {}

    void refresh(std::int64_t now_ms);           // takes in what was heard since the last call
    void review_freshness(std::int64_t now_ms);  // what has grown late or stale by waiting

    store::Version version() const { return version_; }
    std::uint64_t freshness_serial() const { return serial_; }

    // What a client that was told everything up to `from` is owed of its subscription.
    Update update_since(const Subscription& subscription, store::Version from) const;

    // Series whose freshness changed after `serial`.
    std::vector<UpdateItem> freshness_since(const Subscription& subscription, std::uint64_t serial) const;

private:
    struct Entry {
        store::Latest latest;  // series 0: no value yet
        store::Freshness freshness = store::Freshness::never;
        std::uint64_t serial = 0;
    };
    void review(Entry& entry, std::int64_t now_ms, std::uint64_t serial);
    store::SeriesId last() const;

    const store::LiveTable& table_;
    std::vector<Entry> entries_;  // by id
    store::Version version_ = 0;
    std::uint64_t serial_ = 0;  // of the last change of a freshness
    bool loaded_ = false;
};

}  // namespace tidegate::web
