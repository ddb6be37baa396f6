#include "web/accounts/identity.hpp"

#include "base/topic_filter.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tidegate::web {
namespace {

constexpr std::array<std::string_view, 4> role_names{"none", "viewer", "operator", "admin"};
constexpr std::array<std::string_view, 6> means_names{"nothing", "open", "session",
                                                      "token",   "jwt",  "console"};

}  // namespace

std::string_view to_string(Role role)
{
    return role_names.at(static_cast<std::size_t>(role));
}

std::string_view to_string(Means means)
{
    return means_names.at(static_cast<std::size_t>(means));
}

std::optional<Role> role_named(std::string_view name)
{
    const auto found = std::ranges::find(role_names, name);
    if (found == role_names.end()) return std::nullopt;
    return static_cast<Role>(found - role_names.begin());
}

bool Scope::all() const
{
    return std::ranges::find(filters, "#") != filters.end();
}

bool Scope::allows(std::string_view topic) const
{
    return std::ranges::any_of(
        filters, [topic](const std::string& filter) { return filter == "#" || matches(filter, topic); });
}

bool Scope::covers(std::string_view filter) const
{
    return std::ranges::any_of(
        filters, [filter](const std::string& mine) { return mine == "#" || tidegate::covers(mine, filter); });
}

std::string Scope::key() const
{
    if (all()) return "#";
    auto sorted = filters;
    std::ranges::sort(sorted);
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::string result;
    for (const auto& filter : sorted) result += std::to_string(filter.size()) + ':' + filter;
    return result;
}

Scope granted(Role role, Scope given)
{
    return role == Role::admin ? Scope::everything() : std::move(given);
}

Identity open_identity()
{
    return {.name = {},
            .role = Role::admin,
            .read = Scope::everything(),
            .write = Scope::everything(),
            .means = Means::open,
            .credential = {},
            .expires_ms = 0};
}

}  // namespace tidegate::web
