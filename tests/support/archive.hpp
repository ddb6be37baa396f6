#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace tidegate::tests {

// Drops repeats: what it has is one for each (gateway, epoch, seq).
class Archive {
public:
    void take(const std::string& body)
    {
        const auto delivery = nlohmann::json::parse(body);
        const std::lock_guard lock(mutex_);
        for (const auto& record : delivery["records"]) {
            const auto key = delivery["gateway"].get<std::string>() + "/" +
                             delivery["epoch"].get<std::string>() + "/" +
                             std::to_string(record["seq"].get<std::uint64_t>());
            const auto [known, fresh] = by_key_.emplace(key, record["v"].get<std::int64_t>());
            if (fresh) continue;
            ++repeats_;
            if (known->second != record["v"]) ++wrong_;
        }
    }
    std::map<std::int64_t, int> times() const  // by the reading's number
    {
        const std::lock_guard lock(mutex_);
        std::map<std::int64_t, int> times;
        for (const auto& [key, number] : by_key_) ++times[number];
        return times;
    }
    std::size_t repeats() const
    {
        const std::lock_guard lock(mutex_);
        return repeats_;
    }
    std::size_t wrong() const
    {
        const std::lock_guard lock(mutex_);
        return wrong_;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::int64_t> by_key_;
    std::size_t repeats_ = 0, wrong_ = 0;
};

}  // namespace tidegate::tests
