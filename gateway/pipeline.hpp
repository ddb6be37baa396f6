#pragma once

#include "bridge/intake_ring.hpp"
#include "gateway/decode/decoder.hpp"
#include "store/store.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace tidegate::gateway {

struct PipelineOptions {
    DecodeLimits decode;
    std::size_t series = 10'000;  // distinct series that may exist
};

// Takes messages from the rings, turns them into readings, shows them live and hands them to the store, with
// the place in the ring behind them. A thread of its own ("tg-pipeline"), one for all rings: it decodes,
// which must hold up neither Paho nor the web.
class Pipeline {
public:
    // Goes on behind what the store has committed from these rings, one or more, and takes over the release
    // of their space.
    Pipeline(std::vector<bridge::IntakeRing*> rings, store::Store& store, PipelineOptions options);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    void start();
    void stop();  // takes what is left in the rings first; nothing pushes any more

    // Any thread.
    std::uint64_t messages() const { return messages_; }  // taken since start
    std::uint64_t readings() const { return readings_; }
    bool alive() const;  // looked at the rings lately, or waits for the store

private:
    struct KeyHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
    };
    template <class T>
    using ByText = std::unordered_map<std::string, T, KeyHash, std::equal_to<>>;
    using Fields = ByText<store::SeriesId>;

    void run(const std::stop_token& stop);
    bool take_some(const std::stop_token& stop);  // false: there was nothing, or it has given up
    bool take_from(bridge::IntakeRing& ring, const std::stop_token& stop);
    void take(const bridge::Message& message, store::Batch& batch);
    bool admit(const bridge::Message& message, Field& field, Fields& known, store::Batch& batch);
    store::SeriesId series_of(std::string_view topic, std::string_view field, Fields& known);

    std::vector<bridge::IntakeRing*> rings_;
    store::Store& store_;
    PipelineOptions options_;
    ByText<Fields> topics_;  // what the series table says, without its lock and without building keys
    bool gave_up_ = false;
    std::atomic<std::uint64_t> messages_ = 0, readings_ = 0;
    std::atomic<std::int64_t> looked_ms_ = 0;
    std::atomic<bool> waiting_for_store_ = false;
    std::int64_t rejection_logged_ms_ = 0;
    std::jthread thread_;  // last: ends before what it uses
};

}  // namespace tidegate::gateway
