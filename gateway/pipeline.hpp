#pragma once

#include "base/log_limit.hpp"
#include "bridge/intake_ring.hpp"
#include "gateway/decode/decoder.hpp"
#include "gateway/liveness/liveness.hpp"
#include "gateway/load/thinner.hpp"
#include "gateway/message_log.hpp"
#include "gateway/rules/rule_set.hpp"
#include "gateway/rules/sampler.hpp"
#include "gateway/rules/stages.hpp"
#include "gateway/topic_table.hpp"
#include "gateway/tracer.hpp"
#include "store/notebook.hpp"
#include "store/store.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tidegate::gateway {

struct PipelineOptions {
    DecodeLimits decode;
    std::size_t series = 10'000;  // distinct series that may exist
    std::vector<Rule> rules{};
    std::vector<AlarmSetting> alarms{};
    store::AlarmBook* alarm_book = nullptr;  // none: there are no alarms

    // Where what rules know beside the store outlives a kill: where the rings are; and the file in which it
    // outlives a reboot, where there is a disk. Empty: it does not.
    std::filesystem::path runtime_directory{}, kept_state{};

    // Has a message published that a family asks for, like a rebirth, to the broker whose ring (by its place)
    // the messages came from; called on the pipeline's thread, must not block. None: nothing is published.
    std::function<void(const Request&)> publish{};

    // Whether what the broker of a ring (by its place) publishes is taken in now; the pipeline's thread, must
    // not block. None: it always is.
    Liveness::Listening listening{};
    // Told after each commit up to which place of a ring it went; on the writer's thread. Set at the start
    // alone; what it refers to outlives the store.
    std::function<void(const store::IntakePosition&)> committed{};
    Tracer* tracer = nullptr;        // outlives the pipeline and the store; none: no message is ever followed
    MessageLog* messages = nullptr;  // likewise; none: nobody wants to know what they looked like
    store::Notebook* notebook = nullptr;  // likewise; none: nothing is remembered of devices over a restart
};

// Takes messages from the rings, turns them into readings, does with them what rules say, shows them live and
// hands them to the store, with the place in the ring behind them. A thread of its own ("tg-pipeline"), one
// for all rings: it decodes, which must hold up neither Paho nor the web.
class Pipeline {
public:
    // Goes on behind what the store has committed from these rings, one or more, and takes over the release
    // of their space.
    Pipeline(std::vector<bridge::IntakeRing*> rings, store::Store& store, PipelineOptions options);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    // Any thread. The options, and rings that came since, from the next handful of messages on; at once or
    // within half a second. Of rings only new ones may come, behind those that there are.
    void apply(PipelineOptions options, std::vector<bridge::IntakeRing*> rings);

    void start();
    void stop();                           // takes what is left in the rings first; nothing pushes any more
    void keep_state() { stages_.keep(); }  // behind stop() and the store's last commit

    // Any thread.
    std::uint64_t messages() const { return messages_; }  // taken since start
    std::uint64_t readings() const { return readings_; }
    std::uint64_t absent() const { return absent_; }        // values that were null or NaN, since start
    std::uint64_t facts() const { return facts_; }          // kept from discovery, births and descriptions
    std::uint64_t renamed() const { return renamed_; }      // series of which more became known, since start
    Knowledge::Refusals refusals() const;                   // of facts, since start
    void press(int level) { load_level_ = level; }          // gateway/load/load_level.hpp
    const Liveness& liveness() const { return liveness_; }  // whether devices are there
    std::vector<Control> controls() const
    {
        return decoder_.state().controls.list();
    }                                     // what they can be told
    WindowStage::Counts windows() const;  // readings that are in none, and why
    bool alive() const;                   // looked at the rings lately, or waits for the store

private:
    // The series of a topic. Most have one, and are found with one look.
    struct Fields {
        store::SeriesId whole = 0;  // of a payload that is one value
        ByText<store::SeriesId>
            others;  // by pointer; where devices share a topic, by source, NUL and pointer

        bool empty() const { return whole == 0 && others.empty(); }
    };

    void begin_stages(const std::stop_token& stop);
    // Whose space is given back after a commit; the store's last one comes when the pipeline is gone.
    struct Releases {
        std::mutex mutex;
        std::vector<bridge::IntakeRing*> rings;
    };
    struct Change {
        PipelineOptions options;
        std::vector<bridge::IntakeRing*> rings;
    };

    void run(const std::stop_token& stop);
    void take_over_change();
    bool take_some(const std::stop_token& stop);  // false: there was nothing, or it has given up
    void drained(const bridge::IntakeRing& ring);
    bool take_from(std::size_t place, const std::stop_token& stop);
    bool take_handful(bridge::IntakeRing& ring, std::size_t most);
    void fetch_ahead();
    std::int64_t passed_all_ms(const bridge::IntakeRing& ring, std::int64_t passed_ms);
    bool hand_over(Outcome& outcome, const std::stop_token& stop);
    std::chrono::milliseconds wait_at_most() const;
    void use_rules(std::vector<Rule> rules);
    void take(const bridge::Message& message, Outcome& outcome);
    Decoded decode(const bridge::Message& message);
    void take_decoded(const bridge::Message& message, Decoded decoded, Outcome& outcome);
    void publish_requests();
    void tick();
    void take_in_news();
    void relearn(store::SeriesId id);
    bool thins(store::SeriesId series, const bridge::Message& message, const Settings& settings);
    void learn_presence(const bridge::Message& message, const Decoded& decoded);
    void take_fields(const bridge::Message& message, Decoded& decoded, Outcome& outcome);
    void count_rejected(const bridge::Message& message, const Decoded& decoded, store::Books& books);
    bool admit(const bridge::Message& message,
               const Decoded& decoded,
               Field& field,
               Fields& known,
               Outcome& outcome);
    store::SeriesId series_of(std::string_view topic, const Field& field, Fields& known);
    store::SeriesId find_or_add(std::string_view topic, const Field& field);
    store::SeriesId find_and_relearn(std::string_view topic,
                                     const Field& field,
                                     std::string_view place,  // of known.others; empty: it is known.whole
                                     Fields& known);

    std::vector<bridge::IntakeRing*> rings_;
    std::shared_ptr<Releases> releases_ = std::make_shared<Releases>();
    store::Store& store_;
    PipelineOptions options_;
    std::atomic<bool> changed_ = false;
    std::mutex change_mutex_;
    std::optional<Change> change_;
    Decoder decoder_;
    RuleSet rules_;
    Sampler sampler_;
    Stages stages_;
    std::set<const bridge::IntakeRing*> to_drain_;  // of what they held at the start
    std::map<const bridge::IntakeRing*, std::int64_t>
        passed_ms_;              // what arrived before was taken; wall clock
    bool tracing_ = false;       // the message that somebody follows is among these that are taken now
    TopicTable<Fields> topics_;  // what the series table says, without its lock and without building keys
    std::vector<bridge::Message> handful_;  // that are looked up together
    Liveness liveness_;
    Thinner thinner_;
    std::size_t ring_ = 0;             // the place of the one that is taken from
    std::int64_t ticked_ms_ = 0;       // boot clock
    std::int64_t clock_ahead_ms_ = 0;  // wall clock before the boot clock, at the last tick
    bool gave_up_ = false;
    std::atomic<std::uint64_t> messages_ = 0, readings_ = 0, absent_ = 0, facts_ = 0, renamed_ = 0;
    std::atomic<std::uint64_t> facts_full_ = 0, facts_too_long_ = 0, facts_cut_ = 0;
    std::atomic<int> load_level_ = 0;
    std::int64_t facts_refused_ms_ = 0;  // when that was last logged; boot clock
    std::atomic<std::int64_t> looked_ms_ = 0;
    std::atomic<bool> waiting_for_store_ = false;
    log::Limit rejections_{{.lines = 1}};  // by reason
    std::jthread thread_;                  // last: ends before what it uses
};

}  // namespace tidegate::gateway
