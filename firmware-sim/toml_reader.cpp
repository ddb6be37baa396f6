#include "firmware-sim/toml_reader.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace tidegate::sim {

const toml::node* TomlReader::find(std::string_view key)
{
    read_.emplace(key);
    return table_.get(key);
}

const toml::node& TomlReader::need(std::string_view key)
{
    const auto* node = find(key);
    if (node == nullptr) fail(key, "is missing");
    return *node;
}

void TomlReader::fail(std::string_view key, std::string_view why) const
{
    const auto* node = table_.get(key);
    const auto line = node != nullptr ? node->source().begin.line : table_.source().begin.line;
    throw std::runtime_error(fmt::format("{}:{}: {}: {}", file_, line, key, why));
}

std::string TomlReader::text(std::string_view key)
{
    const auto value = need(key).value_exact<std::string>();
    if (!value) fail(key, "must be a text in quotes");
    return *value;
}

std::string TomlReader::text(std::string_view key, std::string_view otherwise)
{
    return find(key) == nullptr ? std::string(otherwise) : text(key);
}

double TomlReader::number(std::string_view key)
{
    const auto value = need(key).value<double>();
    if (!value) fail(key, "must be a number");
    return *value;
}

double TomlReader::number(std::string_view key, double otherwise)
{
    return find(key) == nullptr ? otherwise : number(key);
}

bool TomlReader::flag(std::string_view key, bool otherwise)
{
    const auto* node = find(key);
    if (node == nullptr) return otherwise;
    const auto value = node->value_exact<bool>();
    if (!value) fail(key, "must be true or false");
    return *value;
}

std::vector<std::string> TomlReader::texts(std::string_view key)
{
    std::vector<std::string> all;
    const auto* node = find(key);
    if (node == nullptr) return all;
    if (!node->is_array()) fail(key, "must be a list of texts");
    for (const auto& element : *node->as_array()) {
        const auto value = element.value_exact<std::string>();
        if (!value) fail(key, "must be a list of texts");
        all.push_back(*value);
    }
    return all;
}

std::vector<double> TomlReader::numbers(std::string_view key)
{
    std::vector<double> all;
    const auto* node = find(key);
    if (node == nullptr) return all;
    if (!node->is_array()) fail(key, "must be a list of numbers");
    for (const auto& element : *node->as_array()) {
        const auto value = element.value<double>();
        if (!value) fail(key, "must be a list of numbers");
        all.push_back(*value);
    }
    return all;
}

std::optional<TomlReader> TomlReader::table(std::string_view key)
{
    const auto* node = find(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_table()) fail(key, "must be a table");
    return TomlReader(*node->as_table(), file_);
}

std::vector<TomlReader> TomlReader::tables(std::string_view key)
{
    std::vector<TomlReader> all;
    const auto* node = find(key);
    if (node == nullptr) return all;
    if (!node->is_array_of_tables()) fail(key, "must be an array of tables: [[...]]");
    for (const auto& element : *node->as_array()) all.emplace_back(*element.as_table(), file_);
    return all;
}

std::vector<std::string> TomlReader::keys() const
{
    std::vector<std::string> all;
    for (const auto& [key, node] : table_) all.emplace_back(key.str());
    return all;
}

void TomlReader::finish() const
{
    for (const auto& [key, node] : table_)
        if (read_.find(key.str()) == read_.end()) fail(key.str(), "is no key of this table");
}

}  // namespace tidegate::sim
