#include "gateway/decode/families/sparkplug_nodes.hpp"

namespace tidegate::gateway {

namespace {

std::string type_key(std::string_view device, std::string_view name)
{
    std::string key(device);
    key.push_back('\0');
    return key.append(name);
}

}  // namespace

SparkplugNodes::Node* SparkplugNodes::find(std::string_view node)
{
    const auto found = nodes_.find(node);
    return found == nodes_.end() ? nullptr : &found->second;
}

SparkplugNodes::Node* SparkplugNodes::find_or_make(std::string_view node)
{
    if (auto* known = find(node)) return known;
    if (nodes_.size() >= most_nodes) return nullptr;
    return &nodes_.try_emplace(std::string(node)).first->second;
}

void SparkplugNodes::forget_metrics(Node& node)
{
    metrics_ -= node.aliases.size() + node.types.size();
    node.aliases.clear();
    node.types.clear();
}

bool SparkplugNodes::born(std::string_view node, std::uint8_t seq, std::optional<std::uint64_t> life)
{
    auto* known = find_or_make(node);
    if (known == nullptr) return false;
    forget_metrics(*known);
    known->born = true;
    known->seq = seq;
    known->life = life;
    return true;
}

bool SparkplugNodes::died(std::string_view node, std::optional<std::uint64_t> life)
{
    auto* known = find(node);
    if (known == nullptr) return true;
    if (life && known->life && *life != *known->life) return false;
    known->born = false;
    return true;
}

bool SparkplugNodes::learn(std::string_view node,
                           std::string_view device,
                           std::optional<std::uint64_t> alias,
                           Metric metric)
{
    auto* known = find_or_make(node);
    if (known == nullptr || metrics_ + 2 > most_metrics_) return false;
    const auto before = known->aliases.size() + known->types.size();
    known->types.insert_or_assign(type_key(device, metric.name), metric.datatype);
    if (alias) known->aliases.insert_or_assign(*alias, std::move(metric));
    metrics_ += known->aliases.size() + known->types.size() - before;
    return true;
}

const SparkplugNodes::Metric* SparkplugNodes::by_alias(std::string_view node, std::uint64_t alias) const
{
    const auto known = nodes_.find(node);
    if (known == nodes_.end()) return nullptr;
    const auto found = known->second.aliases.find(alias);
    return found == known->second.aliases.end() ? nullptr : &found->second;
}

std::uint32_t SparkplugNodes::datatype_of(std::string_view node,
                                          std::string_view device,
                                          std::string_view name) const
{
    const auto known = nodes_.find(node);
    if (known == nodes_.end()) return 0;
    const auto found = known->second.types.find(type_key(device, name));
    return found == known->second.types.end() ? 0 : found->second;
}

bool SparkplugNodes::in_sequence(std::string_view node, std::uint8_t seq)
{
    auto* known = find_or_make(node);
    if (known == nullptr) return false;
    const auto last = known->seq;
    known->seq = seq;
    if (!known->born) return false;
    return seq == last || seq == static_cast<std::uint8_t>(last + 1);
}

bool SparkplugNodes::may_ask(std::string_view node, std::int64_t now_ms)
{
    auto* known = find(node);
    if (known == nullptr) return false;
    const auto since_ms = now_ms - known->asked_ms;  // below 0 when the clock was set back
    if (known->asked_ms != 0 && since_ms >= 0 && since_ms < asks_again_after_ms) return false;
    known->asked_ms = now_ms;
    return true;
}

}  // namespace tidegate::gateway
