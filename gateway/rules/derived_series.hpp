#pragma once

#include "store/series_table.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tidegate::gateway {

// What a series that the gateway makes itself is, beside the one that it is made from.
struct Derived {
    std::string_view suffix;   // of its field: "@10min/mean"
    std::string name;          // for people, behind the source's name: "mean, 10min"
    bool measures_same{true};  // in the unit and of the class of the source; a count does not
};

// Finds or makes them. Used by the pipeline's thread.
class DerivedSeries {
public:
    // `most`: series that may exist, of devices and made here together.
    DerivedSeries(store::SeriesTable& table, std::size_t most) : table_(table), most_(most) {}

    void allow(std::size_t most) { most_ = most; }  // from now on

    // Its id, as what is known of the source now; 0: there may be no more series.
    store::SeriesId of(const store::Series& source, const Derived& derived);

private:
    store::SeriesTable& table_;
    std::size_t most_;
};

}  // namespace tidegate::gateway
