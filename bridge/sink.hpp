#pragma once

#include "base/error.hpp"
#include "store/reading.hpp"
#include "store/series_table.hpp"

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>

namespace tidegate::bridge {

// What one delivery carries: contiguous records of the log, oldest first.
struct Delivery {
    std::string_view gateway;
    std::uint64_t epoch = 0;
    std::span<const store::Record> records;
    const store::SeriesTable& series;
};

// The other end of a forwarder: one implementation a protocol. Used by the forwarder's thread alone.
class Sink {
public:
    virtual ~Sink() = default;

    // Returns once the other side has acknowledged the whole delivery, or with an error when it has not:
    // unavailable (try again), denied (credentials; try again, slowly), invalid (this delivery will never be
    // taken). Bounded in time by the sink's own deadlines; returns unavailable soon after a stop is asked
    // for.
    virtual Result<> deliver(const Delivery& delivery, std::stop_token stop) = 0;

    virtual std::string kind() const = 0;  // "mqtt", "https"
    virtual std::string url() const = 0;   // without secrets
};

}  // namespace tidegate::bridge
