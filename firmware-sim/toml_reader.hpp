#pragma once

#include <toml++/toml.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::sim {

// A table of a profile, read key by key; what nobody has read is an error. All faults are std::runtime_error
// with file and line. The document outlives it.
class TomlReader {
public:
    TomlReader(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

    std::string text(std::string_view key);  // which must be there
    std::string text(std::string_view key, std::string_view otherwise);
    double number(std::string_view key);
    double number(std::string_view key, double otherwise);
    bool flag(std::string_view key, bool otherwise);
    std::vector<std::string> texts(std::string_view key);  // none: it is not there
    std::vector<double> numbers(std::string_view key);
    std::optional<TomlReader> table(std::string_view key);
    std::vector<TomlReader> tables(std::string_view key);  // of an array of tables
    std::vector<std::string> keys() const;
    bool has(std::string_view key) const { return table_.contains(key); }

    void finish() const;  // a key that nobody has read
    [[noreturn]] void fail(std::string_view key, std::string_view why) const;

private:
    const toml::node* find(std::string_view key);
    const toml::node& need(std::string_view key);

    const toml::table& table_;
    const std::string& file_;
    std::set<std::string, std::less<>> read_;
};

}  // namespace tidegate::sim
