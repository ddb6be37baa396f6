#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace tidegate::bench {

inline const std::string ours = "tidegate";
inline const std::string influx = "influx";

std::string grouped(double value, int decimals = 0);  // 1,234.5

// Figures, kept in a file that the steps of a run add to, so that each step can be a process of its own.
class Results {
public:
    explicit Results(std::filesystem::path file) : file_(std::move(file)) {}

    void add(const std::string& who, const std::string& key, double value, const std::string& note = {});
    void remark(const std::string& text);  // a line of text below the table
    std::optional<double> get(const std::string& who, const std::string& key) const;
    void print_table() const;  // Markdown, on stdout: only rows of which there is a figure

private:
    struct Figure {
        double value = 0;
        std::string note;
    };
    std::map<std::pair<std::string, std::string>, Figure> load() const;
    std::filesystem::path file_;
};

}  // namespace tidegate::bench
