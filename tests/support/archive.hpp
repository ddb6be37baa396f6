#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::tests {

// A receiver that drops repeats: what an upstream's deliveries say, each record once, by its epoch and seq.
// Any thread.
class Archive {
public:
    void take(const std::string& delivery)
    {
        const auto told = nlohmann::json::parse(delivery);
        const auto epoch = told.value("epoch", "");
        const std::lock_guard lock(mutex_);
        for (const auto& record : told["records"]) {
            ++records_;
            if (known_.emplace(epoch, record["seq"].get<std::uint64_t>()).second)
                values_.insert(record["v"].get<std::int64_t>());
        }
    }

    // How many different records there are.
    std::size_t count() const
    {
        const std::lock_guard lock(mutex_);
        return known_.size();
    }
    std::size_t repeats() const
    {
        const std::lock_guard lock(mutex_);
        return records_ - known_.size();
    }

    // Whether the values of the records are 1 to `last`, each exactly once. Empty: they are.
    std::string missing(std::int64_t last) const
    {
        const std::lock_guard lock(mutex_);
        std::string wrong;
        for (std::int64_t value = 1; value <= last; ++value)
            if (const auto times = values_.count(value); times != 1)
                wrong += std::to_string(value) + " came " + std::to_string(times) + " times, ";
        if (values_.size() != static_cast<std::size_t>(last))
            wrong += std::to_string(values_.size()) + " in all";
        return wrong.substr(0, 300);
    }

private:
    mutable std::mutex mutex_;
    std::size_t records_ = 0;
    std::set<std::pair<std::string, std::uint64_t>> known_;
    std::multiset<std::int64_t> values_;
};

}  // namespace tidegate::tests
