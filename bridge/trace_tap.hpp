#pragma once

#include "store/reading.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace tidegate::bridge {

// Follows the readings of one message through the forwarders, when somebody asks (docs/operations.md,
// tidegate trace). While nobody does, it costs a forwarder one relaxed load a delivery. Any thread.
class TraceTap {
public:
    struct Sighting {
        std::string upstream;
        std::uint64_t epoch = 0;
        std::vector<std::uint64_t> seqs{};
        std::int64_t sent_us = 0, ended_us = 0;  // steady clock
        bool acknowledged = false;
        std::string why{};  // it was not
    };

    // From now on what equals one of these is followed, under this name.
    void begin(std::string id, std::vector<store::Reading> readings);
    void end();  // what was seen stays until begin()
    std::vector<Sighting> seen() const;

    static std::int64_t now_us();  // steady clock

    bool on() const { return on_.load(std::memory_order_relaxed); }

    // Of a delivery's records, the seqs of those that are followed; `id`: what to call them.
    std::vector<std::uint64_t> find(std::span<const store::Record> records, std::string& id) const;
    void saw(Sighting sighting);

private:
    std::atomic<bool> on_ = false;
    mutable std::mutex mutex_;  // held for a look
    std::string id_;
    std::vector<store::Reading> readings_;
    std::vector<Sighting> seen_;
};

}  // namespace tidegate::bridge
