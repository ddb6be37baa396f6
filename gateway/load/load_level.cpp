#include "gateway/load/load_level.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <string>

namespace tidegate::gateway {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr double falls_at = 0.7;  // of what it rose at

struct Scale {
    std::string_view name;
    double LoadMeasure::*measure;
    std::array<double, LoadLevel::most> rises_at;  // to 1, 2, 3
    bool is_share;
};

// CPU alone never thins: while nothing waits for it, nothing is lost by it. A commit of seconds is a slow
// card, which rings and pending readings tell when it comes to be too slow.
constexpr std::array scales{
    Scale{"intake ring", &LoadMeasure::ring, {0.25, 0.50, 0.75}, true},
    Scale{"readings waiting for a commit", &LoadMeasure::pending, {0.25, 0.50, 0.75}, true},
    Scale{"commit", &LoadMeasure::commit_s, {2, never, never}, false},
    Scale{"CPU", &LoadMeasure::cpu, {0.85, never, never}, true},
    Scale{"memory", &LoadMeasure::memory, {0.85, 0.92, 0.97}, true},
};

struct Asked {
    int level = 0;
    const Scale* by = nullptr;
};

// `share`: of the thresholds.
Asked asked_by(const LoadMeasure& measure, double share)
{
    Asked most;
    for (const auto& scale : scales) {
        int level = 0;
        for (const auto threshold : scale.rises_at)
            if (measure.*scale.measure >= threshold * share) ++level;
        if (level > most.level) most = {level, &scale};
    }
    return most;
}

std::string words_of(const Scale& scale, const LoadMeasure& measure)
{
    const auto value = measure.*scale.measure;
    if (!scale.is_share) return fmt::format("a {} takes {:.1f} s", scale.name, value);
    return fmt::format("{} at {:.0f} %", scale.name, 100 * value);
}

// The number behind a name, "" for the file's first; 0 where there is none ("max").
double number_in(const std::string& file, std::string_view name = {})
{
    std::ifstream stream(file);
    double number = 0;
    if (name.empty()) return stream >> number ? number : 0;
    std::string key;
    std::string rest;
    while (stream >> key) {
        if (key == name && stream >> number) return number;
        std::getline(stream, rest);
    }
    return 0;
}

// Where systemd has put us: "0::/system.slice/tidegate.service".
std::string own_group()
{
    std::ifstream stream("/proc/self/cgroup");
    std::string line;
    while (std::getline(stream, line))
        if (line.starts_with("0::")) return "/sys/fs/cgroup" + line.substr(3);
    return {};
}

// Without files that are cached and can go at once.
double share_of_group(const std::string& group)
{
    const auto most = number_in(group + "/memory.max");
    const auto used =
        number_in(group + "/memory.current") - number_in(group + "/memory.stat", "inactive_file");
    return most > 0 && used > 0 ? used / most : 0;
}

}  // namespace

bool LoadLevel::look(const LoadMeasure& measure, std::int64_t now_ms)
{
    const auto asked = asked_by(measure, 1);
    const auto wanted = std::min(asked.level, wanted_before_);
    wanted_before_ = asked.level;
    const int level = level_;
    if (wanted > level) {
        before_ = level;
        level_ = wanted;
        pressed_ms_ = now_ms;
        why_ = words_of(*asked.by, measure);
        return true;
    }
    const auto held = asked_by(measure, falls_at);
    if (level == 0 || held.level >= level || asked.level >= level) {
        pressed_ms_ = now_ms;
        return false;
    }
    if (now_ms - pressed_ms_ < calm_ms) return false;
    before_ = level;
    level_ = level - 1;
    pressed_ms_ = now_ms;
    why_ = level == 1 || held.by == nullptr ? std::string() : words_of(*held.by, measure);
    return true;
}

std::string_view meaning_of(int level)
{
    constexpr std::array<std::string_view, LoadLevel::most + 1> meanings{
        "nothing is held back", "live updates come at longer intervals",
        "live updates come at longer intervals, bulk is thinned",
        "live updates come at longer intervals, bulk is thinned harder"};
    return meanings.at(static_cast<std::size_t>(level));
}

double memory_in_use()
{
    const auto group = own_group();
    const auto of_group = group.empty() ? 0 : share_of_group(group);
    const auto total = number_in("/proc/meminfo", "MemTotal:");
    const auto available = number_in("/proc/meminfo", "MemAvailable:");
    const auto of_machine = total > 0 && available > 0 ? 1 - available / total : 0;
    return std::max(of_group, of_machine);
}

}  // namespace tidegate::gateway
