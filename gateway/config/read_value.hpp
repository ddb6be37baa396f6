#pragma once

#include "gateway/config/config.hpp"

#include <toml++/toml.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// One value of the configuration file, of each kind that there is.
namespace tidegate::gateway {

// What a key allows; see keys.hpp.
struct Bounds {
    std::string_view name;
    std::int64_t least = 0, most = 0;
    std::string_view one_of{};
};

struct Wrong {
    const toml::node* where;
    std::string what;  // and what to do
};

// Puts the value into `out`. What is wrong with it, and then `out` stays as it is; nothing: it is good.
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::string& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::int64_t& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, double& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, bool& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::chrono::milliseconds& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, Bytes& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, Deadband& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, Forward& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, store::Value& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::vector<std::string>& out);
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::vector<FilterConfig>& out);
std::optional<Wrong> read_value(const toml::node& node,
                                const Bounds& bounds,
                                std::vector<std::chrono::milliseconds>& out);

template <class T>
std::optional<Wrong> read_value(const toml::node& node, const Bounds& bounds, std::optional<T>& out)
{
    T value{};
    auto wrong = read_value(node, bounds, value);
    if (!wrong) out = std::move(value);
    return wrong;
}

}  // namespace tidegate::gateway
