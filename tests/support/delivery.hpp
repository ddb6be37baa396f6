#pragma once

#include "bridge/sink.hpp"

#include <vector>

namespace tidegate::tests {

// Readings of one series, seq 1 to `count`, values equal to their seq, as a forwarder would hand them to a
// sink.
class Records {
public:
    explicit Records(std::uint64_t count)
    {
        const auto id = series_.add({0, "plant/boiler", "/temperature", "", "", "°C"});
        for (std::uint64_t seq = 1; seq <= count; ++seq)
            records_.push_back({seq, {id, 1'764'000'000'000, static_cast<double>(seq), 0}});
    }

    bridge::Delivery delivery() const { return {"pi-1", 0xb7c1, records_, series_}; }

private:
    store::SeriesTable series_;
    std::vector<store::Record> records_;
};

}  // namespace tidegate::tests
