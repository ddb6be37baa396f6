#pragma once

#include "base/error.hpp"
#include "store/series_table.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tidegate::bridge {

// Which of what is known of a series an upstream gets: what devices said (with summaries in their place), or
// what windows made of it.
enum class Send : std::uint8_t { readings, windows, both };

struct SelectionRules {
    std::vector<std::string> include{};  // topic filters; none: all
    std::vector<std::string> exclude{};  // topic filters; they win
    std::vector<std::string> devices{};  // by name; none: all, also what belongs to no device
    Send send = Send::both;              // alarms go in any case

    // What else there is to say; none: all. Called on the forwarder's thread, once a series.
    std::function<bool(const store::Series&, const store::SeriesTable&)> wanted{};
};

// Which series an upstream gets. Each is looked at once. Used by one thread.
class Selection {
public:
    Selection() = default;  // all

    // Errors: invalid: a filter that is none.
    static Result<Selection> make(SelectionRules rules);

    bool takes_all() const;
    bool takes(const store::SeriesTable& table, store::SeriesId id);

private:
    enum class Known : std::uint8_t { no, taken, left };
    bool is_sent(const store::Series& series) const;
    bool fits(const store::Series& series, const store::SeriesTable& table) const;

    SelectionRules rules_;
    std::vector<Known> known_;  // by id
};

}  // namespace tidegate::bridge
