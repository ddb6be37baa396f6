#include "base/units.hpp"

#include <array>
#include <charconv>
#include <fmt/format.h>

namespace tidegate {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// From small to large.
constexpr std::array<Unit, 5> durations{
    {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 9> sizes{{{"B", 1},
                                     {"kB", 1000},
                                     {"KiB", 1024},
                                     {"MB", 1'000'000},
                                     {"MiB", 1024ULL * 1024},
                                     {"GB", 1'000'000'000},
                                     {"GiB", 1024ULL * 1024 * 1024},
                                     {"TB", 1'000'000'000'000},
                                     {"TiB", 1024ULL * 1024 * 1024 * 1024}}};

template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, N>& units)
{
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc()) return std::nullopt;
    auto name = text.substr(static_cast<std::size_t>(end - text.data()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    for (const auto& unit : units) {
        if (unit.name != name) continue;
        if (number > UINT64_MAX / 2 / unit.factor) return std::nullopt;
        return number * unit.factor;
    }
    return std::nullopt;
}

// In the largest unit that leaves no rest.
template <std::size_t N>
std::string format(std::uint64_t value, const std::array<Unit, N>& units)
{
    const Unit* best = &units[0];
    for (const auto& unit : units)
        if (value != 0 && value % unit.factor == 0) best = &unit;
    return fmt::format("{}{}", value / best->factor, best->name);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    const auto ms = parse(text, durations);
    if (!ms) return std::nullopt;
    return std::chrono::milliseconds(*ms);
}

std::string format_duration(std::chrono::milliseconds duration)
{
    return format(static_cast<std::uint64_t>(duration.count()), durations);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text)
{
    return parse(text, sizes);
}

std::string format_bytes(std::uint64_t bytes)
{
    return format(bytes, sizes);
}

}  // namespace tidegate
