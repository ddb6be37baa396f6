#pragma once

#include "support/gateway.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

// For loss tests: what tidegate-sim --numbered says was acknowledged to its devices, and what the gateway has
// of it.
namespace tidegate::tests {

struct Acked {
    std::uint64_t up_to = 0;
    std::set<std::uint64_t> further;
};

// "device N further…": what the broker acknowledged to the simulated devices.
inline std::map<std::string, Acked> read_acked(const std::filesystem::path& file)
{
    std::map<std::string, Acked> acked;
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string device;
        Acked entry;
        words >> device >> entry.up_to;
        for (std::uint64_t number = 0; words >> number;) entry.further.insert(number);
        acked["numbered/" + device] = entry;
    }
    return acked;
}

// Until the broker has nothing left for us.
inline void settle(const Gateway& gateway)
{
    auto seen = gateway.json("/api/v1/books")["messages"]["received"].get<std::uint64_t>();
    auto since = std::chrono::steady_clock::now();
    const bool quiet = wait_until(
        [&] {
            const auto now = gateway.json("/api/v1/books")["messages"]["received"].get<std::uint64_t>();
            if (now != seen) since = std::chrono::steady_clock::now();
            seen = now;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            return std::chrono::steady_clock::now() - since > std::chrono::seconds(2);
        },
        std::chrono::seconds(60));
    ASSERT_TRUE(quiet);
}

inline std::map<std::string, std::vector<std::uint64_t>> stored_numbers(const Gateway& gateway)
{
    std::map<std::string, std::vector<std::uint64_t>> stored;
    const auto page = gateway.json("/api/v1/series?limit=5000");
    for (const auto& series : page["series"]) {
        const auto id = std::to_string(series["id"].get<std::uint64_t>());
        const auto history = gateway.json("/api/v1/history?points=100000&series=" + id)["series"][0];
        stored[series["topic"]] = history["v"].get<std::vector<std::uint64_t>>();
    }
    return stored;
}

// Over all devices: what was acknowledged, what of it is missing, and what is stored more than once.
struct NumberedAccount {
    std::uint64_t acknowledged = 0, lost = 0, repeated = 0;
};

inline NumberedAccount account_of(const Gateway& gateway, const std::filesystem::path& acked_file)
{
    NumberedAccount account;
    const auto stored = stored_numbers(gateway);
    for (const auto& [topic, acked] : read_acked(acked_file)) {
        std::set<std::uint64_t> numbers;
        if (const auto found = stored.find(topic); found != stored.end()) {
            numbers.insert(found->second.begin(), found->second.end());
            account.repeated += found->second.size() - numbers.size();
        }
        account.acknowledged += acked.up_to + acked.further.size();
        for (std::uint64_t number = 1; number <= acked.up_to; ++number)
            account.lost += numbers.contains(number) ? 0 : 1;
        for (const auto number : acked.further) account.lost += numbers.contains(number) ? 0 : 1;
    }
    return account;
}

}  // namespace tidegate::tests
