#include "results.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <string_view>
#include <utility>

namespace tidegate::bench {

namespace {

struct Row {
    std::string_view key, title, goal;
    int decimals;
};

// Every figure that a step may give, in the order of the table.
constexpr std::array rows{
    Row{"rest-S", "Bytes a reading at rest, all tiers: S", "≤ 1.3", 2},
    Row{"rest-L", "Bytes a reading at rest, all tiers: L", "≤ 1.3", 2},
    Row{"rest-all-S", "– every file counted (log, spare WAL, ballast): S", "", 2},
    Row{"rest-all-L", "– every file counted: L", "", 2},
    Row{"cpu-S", "CPU-seconds a million, 1,000 a commit, sealing included: S", "≤ 0.25", 3},
    Row{"cpu-L", "CPU-seconds a million, 1,000 a commit, sealing included: L", "≤ 0.25", 3},
    Row{"written-5000", "Device bytes a reading, 1 s durable: 50,000/s, 5,000 a commit", "≤ 10", 1},
    Row{"written-log-5000", "– the log's part", "", 1},
    Row{"written-seal-5000", "– the part of sealing and trimming", "", 1},
    Row{"written-steady-5000", "– both in one run with the default limits", "≤ 10", 1},
    Row{"written-1000", "Device bytes a reading: 10,000/s, 1,000 a commit", "≤ 15", 1},
    Row{"written-log-1000", "– the log's part", "", 1},
    Row{"written-seal-1000", "– the part of sealing and trimming", "", 1},
    Row{"written-250", "Device bytes a reading: 1,000/s, 250 a commit", "≤ 27", 1},
    Row{"written-log-250", "– the log's part", "", 1},
    Row{"written-seal-250", "– the part of sealing and trimming", "", 1},
    Row{"written-25", "Device bytes a reading: 100/s, 25 a commit (250 ms)", "≤ 90", 1},
    Row{"written-log-25", "– the log's part", "", 1},
    Row{"written-seal-25", "– the part of sealing and trimming", "", 1},
    Row{"written-100", "Device bytes a reading: 100/s, a commit a second as by default", "≤ 90", 1},
    Row{"written-log-100", "– the log's part", "", 1},
    Row{"written-seal-100", "– the part of sealing and trimming", "", 1},
    Row{"paced-cpu-5000", "CPU-seconds a million at these paces: 5,000 a commit", "", 3},
    Row{"paced-cpu-1000", "– 1,000 a commit", "", 3},
    Row{"paced-cpu-250", "– 250 a commit", "", 3},
    Row{"paced-cpu-100", "– 100 a commit", "", 3},
    Row{"paced-cpu-25", "– 25 a commit", "", 3},
    Row{"day-1", "One day at 1 s to 1,000 points, one series, CPU ms", "≤ 1.2", 2},
    Row{"day-10", "One day at 1 s to 1,000 points, ten series, CPU ms", "≤ 15", 2},
    Row{"month-1", "29 days at 1 s to 1,000 points, one series, CPU ms", "≤ 15", 2},
    Row{"memory", "Resident memory of the store, 1,000 series at 264/s, MB", "≤ 32", 1},
    Row{"memory-most", "– at most, MB", "", 1},
    Row{"replay", "Replay after a crash, s a million", "≤ 0.12", 3},
    Row{"replay-cpu", "– CPU-seconds a million", "", 3},
    Row{"purge", "Device bytes while the oldest day goes", "", 0},
    Row{"purge-store", "– by the store itself, the rest being the file system's record of the unlinking", "0",
        0},
    Row{"ready-warm", "Ready after a kill, page cache warm, s", "≤ 0.5", 3},
    Row{"ready-cold", "– page cache dropped, s", "≤ 0.5", 3},
    Row{"ready-cpu", "– CPU-seconds", "", 3},
    Row{"commit-p99", "Commit beside sealing at 5,000/s, 99th percentile, ms", "< 20", 2},
    Row{"commit-most", "– the slowest, ms", "", 1},
};

constexpr std::string_view remark_mark = "#";

std::string figure(std::optional<double> value, int decimals)
{
    return value ? grouped(*value, decimals) : "–";
}

}  // namespace

std::string grouped(double value, int decimals)
{
    auto text = fmt::format("{:.{}f}", value, decimals);
    const auto whole = std::min(text.find('.'), text.size());
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    for (auto at = whole; at > first + 3;) text.insert(at -= 3, 1, ',');
    return text;
}

void Results::add(const std::string& who, const std::string& key, double value, const std::string& note)
{
    std::ofstream(file_, std::ios::app) << fmt::format("{}\t{}\t{}\t{}\n", who, key, value, note);
}

void Results::remark(const std::string& text)
{
    std::ofstream(file_, std::ios::app) << remark_mark << text << '\n';
}

std::map<std::pair<std::string, std::string>, Results::Figure> Results::load() const
{
    std::map<std::pair<std::string, std::string>, Figure> figures;
    std::ifstream in(file_);
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with(remark_mark)) continue;
        const auto first = line.find('\t'), second = line.find('\t', first + 1);
        const auto third = line.find('\t', second + 1);
        if (third == std::string::npos) continue;
        figures[{line.substr(0, first), line.substr(first + 1, second - first - 1)}] = {
            std::strtod(line.c_str() + second + 1, nullptr), line.substr(third + 1)};
    }
    return figures;
}

std::optional<double> Results::get(const std::string& who, const std::string& key) const
{
    const auto figures = load();
    const auto found = figures.find({who, key});
    if (found == figures.end()) return std::nullopt;
    return found->second.value;
}

void Results::print_table() const
{
    const auto figures = load();
    fmt::print("| | goal | Tidegate | InfluxDB | ratio | how |\n|---|---|---|---|---|---|\n");
    for (const auto& row : rows) {
        const auto of = [&](const std::string& who) {
            const auto found = figures.find({who, std::string(row.key)});
            return found == figures.end() ? std::optional<Figure>() : found->second;
        };
        const auto we = of(ours), they = of(influx);
        if (!we && !they) continue;
        const auto ratio =
            we && they && they->value > 0 ? fmt::format("{:.3f}", we->value / they->value) : "–";
        std::string note = we ? we->note : "";
        if (they && !they->note.empty()) note += (note.empty() ? "" : "; ") + ("InfluxDB: " + they->note);
        fmt::print("| {} | {} | {} | {} | {} | {} |\n", row.title, row.goal,
                   figure(we ? std::optional(we->value) : std::nullopt, row.decimals),
                   figure(they ? std::optional(they->value) : std::nullopt, row.decimals), ratio, note);
    }
    std::ifstream in(file_);
    std::string line;
    bool first = true;
    while (std::getline(in, line)) {
        if (!line.starts_with(remark_mark)) continue;
        if (std::exchange(first, false)) fmt::print("\n");
        fmt::print("{}\n", line.substr(remark_mark.size()));
    }
}

}  // namespace tidegate::bench
