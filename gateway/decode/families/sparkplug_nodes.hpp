#pragma once

#include "gateway/decode/knowledge.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tidegate::gateway {

// What the births of Sparkplug's edge nodes have said, and where each node's sequence is. Bounded: what comes
// beyond is not remembered, and said.
class SparkplugNodes {
public:
    static constexpr std::size_t most_nodes = 10'000;
    static constexpr std::int64_t asks_again_after_ms = 30'000;

    explicit SparkplugNodes(std::size_t most_metrics) : most_metrics_(most_metrics) {}

    struct Metric {
        std::string name;
        std::uint32_t datatype = 0;
    };

    // NBIRTH: the node begins anew; its sequence does, with `seq`. `life` is its bdSeq, which its will
    // repeats. False: there is no room for more nodes.
    bool born(std::string_view node, std::uint8_t seq, std::optional<std::uint64_t> life);

    // NDEATH. False: it is of a life before the one that was born last, and says nothing of this one.
    bool died(std::string_view node, std::optional<std::uint64_t> life);

    // A metric of a birth. `device`: of the node, or empty. False: there is no room for more metrics.
    bool learn(std::string_view node,
               std::string_view device,
               std::optional<std::uint64_t> alias,
               Metric metric);

    // What the births said of it; none: nothing.
    const Metric* by_alias(std::string_view node, std::uint64_t alias) const;
    std::uint32_t datatype_of(std::string_view node, std::string_view device, std::string_view name) const;

    // The sequence number of a message that is no NBIRTH. False: something is missing before it, or there was
    // no birth; the node should be asked for one. A number that comes twice is no gap.
    bool in_sequence(std::string_view node, std::uint8_t seq);

    // Whether to ask the node for a rebirth now: not more often than it can answer.
    bool may_ask(std::string_view node, std::int64_t now_ms);

private:
    struct Node {
        bool born = false;
        std::uint8_t seq = 0;  // of the last message
        std::optional<std::uint64_t> life{};
        std::int64_t asked_ms = 0;  // for a rebirth
        std::unordered_map<std::uint64_t, Metric> aliases;
        ByText<std::uint32_t> types;  // by device, '\0' and name
    };

    Node* find(std::string_view node);
    Node* find_or_make(std::string_view node);
    void forget_metrics(Node& node);

    std::size_t most_metrics_;
    std::size_t metrics_ = 0;
    ByText<Node> nodes_;
};

}  // namespace tidegate::gateway
