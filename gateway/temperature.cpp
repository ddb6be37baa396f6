#include "gateway/temperature.hpp"

#include <fstream>
#include <string>

namespace tidegate::gateway {

namespace {

constexpr int most_zones = 32;

std::string first_word(const std::filesystem::path& file)
{
    std::string word;
    std::ifstream(file) >> word;
    return word;
}

bool is_processors(const std::string& type)
{
    return type.starts_with("cpu") || type.starts_with("soc") || type.starts_with("x86_pkg");
}

}  // namespace

std::optional<double> cpu_celsius(const std::filesystem::path& root)
{
    const auto zones = root / "sys/class/thermal";
    auto chosen = zones / "thermal_zone0";
    for (int n = 0; n < most_zones; ++n) {
        const auto zone = zones / ("thermal_zone" + std::to_string(n));
        const auto type = first_word(zone / "type");
        if (type.empty()) break;
        if (!is_processors(type)) continue;
        chosen = zone;
        break;
    }
    double thousandths = 0;
    if (!(std::ifstream(chosen / "temp") >> thousandths)) return std::nullopt;
    constexpr double coldest = -60, hottest = 200, scale = 1000;
    const double celsius = thousandths / scale;
    if (celsius < coldest || celsius > hottest || thousandths == 0) return std::nullopt;
    return celsius;
}

}  // namespace tidegate::gateway
