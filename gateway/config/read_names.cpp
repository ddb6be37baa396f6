#include "gateway/config/read_names.hpp"

#include "base/topic_filter.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidegate::gateway {

namespace {

// Edit distance (Levenshtein), for "did you mean".
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& names)
{
    const auto nearest = std::min_element(
        names.begin(), names.end(), [&](auto a, auto b) { return distance(wrong, a) < distance(wrong, b); });
    if (distance(wrong, *nearest) <= std::max<std::size_t>(2, wrong.size() / 3))
        return fmt::format("; did you mean {}?", *nearest);
    return fmt::format("; known are {}", fmt::join(names, ", "));
}

std::optional<FilterConfig> read_filter(const toml::node& node)
{
    if (const auto text = node.value_exact<std::string>()) return FilterConfig{*text};
    const auto* table = node.as_table();
    if (table == nullptr) return std::nullopt;
    const auto filter = (*table)["filter"].value_exact<std::string>();
    const auto qos = (*table)["qos"].value_exact<std::int64_t>();
    const std::size_t known = (filter ? 1U : 0U) + (qos ? 1U : 0U);
    if (!filter || table->size() != known || (qos && (*qos < 0 || *qos > 2))) return std::nullopt;
    return FilterConfig{*filter, qos};
}

bool valid_subscription(std::string_view text)
{
    constexpr std::string_view shared = "$share/";
    if (!text.starts_with(shared)) return valid_filter(text);
    text.remove_prefix(shared.size());
    const auto slash = text.find('/');
    const auto group = text.substr(0, slash);
    return slash != text.npos && !group.empty() && group.find_first_of("+#") == group.npos &&
           valid_filter(text.substr(slash + 1));
}

bool good_name(std::string_view name)
{
    constexpr std::size_t longest = 32;
    const auto good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
    return !name.empty() && name.size() <= longest && std::ranges::all_of(name, good);
}

}  // namespace tidegate::gateway
