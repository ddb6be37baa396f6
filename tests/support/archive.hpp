#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace tidegate::tests {

// A receiver that drops repeats: what an upstream's deliveries say, each record once, by gateway, epoch and
// seq. The values are whole numbers. Any thread.
class Archive {
public:
    void take(const std::string& body)
    {
        const auto delivery = nlohmann::json::parse(body);
        const std::lock_guard lock(mutex_);
        for (const auto& record : delivery["records"]) {
            const std::tuple key(delivery.value("gateway", ""), delivery.value("epoch", ""),
                                 record["seq"].get<std::uint64_t>());
            const auto [known, fresh] = by_key_.emplace(key, record["v"].get<std::int64_t>());
            if (fresh) continue;
            ++repeats_;
            if (known->second != record["v"]) ++wrong_;
        }
    }

    // How many different records there are.
    std::size_t count() const
    {
        const std::lock_guard lock(mutex_);
        return by_key_.size();
    }
    std::size_t repeats() const
    {
        const std::lock_guard lock(mutex_);
        return repeats_;
    }
    std::size_t wrong() const  // repeats that say something else
    {
        const std::lock_guard lock(mutex_);
        return wrong_;
    }

    // How many records each value has.
    std::map<std::int64_t, int> times() const
    {
        const std::lock_guard lock(mutex_);
        std::map<std::int64_t, int> times;
        for (const auto& [key, value] : by_key_) ++times[value];
        return times;
    }

    // Whether the values of the records are 1 to `last`, each exactly once. Empty: they are.
    std::string missing(std::int64_t last) const
    {
        auto found = times();
        std::string wrong;
        for (std::int64_t value = 1; value <= last; ++value)
            if (const auto count = found[value]; count != 1)
                wrong += std::to_string(value) + " came " + std::to_string(count) + " times, ";
        if (count() != static_cast<std::size_t>(last)) wrong += std::to_string(count()) + " in all";
        return wrong.substr(0, 300);
    }

private:
    mutable std::mutex mutex_;
    std::map<std::tuple<std::string, std::string, std::uint64_t>, std::int64_t> by_key_;
    std::size_t repeats_ = 0, wrong_ = 0;
};

}  // namespace tidegate::tests
