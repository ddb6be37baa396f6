#pragma once

#include "gateway/decode/availability.hpp"
#include "gateway/decode/decoded.hpp"
#include "gateway/decode/knowledge.hpp"
#include "gateway/liveness/words.hpp"
#include "store/notebook.hpp"
#include "store/series_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

// offline: it said so, or its broker did, or it is gone; and nothing came since. stale: it is expected, and
// not heard. unknown: since we started nobody has said anything of it, nor has it.
enum class Presence : std::uint8_t { unknown, online, stale, offline };
inline constexpr std::size_t presence_count = 4;
std::string_view to_string(Presence presence);

struct DeviceState {
    std::string name;
    Presence presence = Presence::unknown;
    std::int64_t since_ms = 0;  // wall clock of the last change; that of the start, where there was none
    std::string why;            // for people; empty: there is no more to say
    std::size_t series = 0;
    std::int64_t heard_ms = 0;  // wall clock of the last reading that came live; 0: none since the start
    std::string availability;   // topic that says whether it is there; empty: none
};

// Where a series stands, for the table: what Series says of it.
struct PlacedSeries {
    store::SeriesId id = 0;
    std::string_view device;
    std::string_view availability{};  // empty: none
    std::uint32_t expires_s = 0;      // 0: nobody said
    bool derived = false;             // made by us: not heard
};

PlacedSeries placed(const store::Series& series);  // whose texts it refers to

// Which devices are there. What is said (availability, births and deaths, expiry) goes before what is learned
// (how often a device is heard): a contact that was opened a week ago is well. What is heard goes before what
// was said earlier. While a broker is away, nobody there is called stale for it. Times are wall clock; a
// clock that is set moves what was noted with it. What is found at a start as it was left has been so since
// then. docs/decisions/0022.
//
// The pipeline's thread alone, but for devices() and counts(). heard() is for each reading: it takes no lock.
class Liveness {
public:
    using Listening = std::function<bool(std::size_t broker)>;

    // `notebook`: where it is kept over a restart since when a device is there, or is not; outlives this.
    // None: nowhere.
    explicit Liveness(std::int64_t now_ms, store::Notebook* notebook = nullptr)
        : started_ms_(now_ms),
          reviewed_ms_(now_ms),
          notebook_(notebook)
    {
    }

    // A series that is new, or of which more is known.
    void place(const PlacedSeries& series);
    void declare(DeclaredAvailability declared);

    // A live reading that is not about availability.
    void heard(store::SeriesId series, std::int64_t arrived_ms, std::size_t broker)
    {
        if (series >= series_.size()) return;
        series_[series].heard_ms = arrived_ms;
        series_[series].broker = static_cast<std::uint16_t>(broker);
    }
    void fetch(store::SeriesId series) const  // ahead of heard()
    {
        if (series < series_.size()) __builtin_prefetch(&series_[series], 1);
    }

    // A message: whether its topic speaks for somebody. `about`: the device that it is about, where it is
    // about availability and nobody waits for the topic; empty: it is not.
    void hear(std::string_view topic,
              std::string_view payload,
              const Decoded& decoded,
              std::int64_t arrived_ms,
              std::string_view about = {});
    bool waits_for(std::string_view topic) const { return watchers_.find(topic) != watchers_.end(); }
    void say(const PresenceWord& word, std::int64_t arrived_ms);

    // Once a second or so. `clock_set_by_ms`: how far the wall clock was set since the last call.
    void review(std::int64_t now_ms, std::int64_t clock_set_by_ms = 0, const Listening& listening = {});

    Presence of(store::SeriesId series) const;  // as reviewed last

    // Any thread.
    std::vector<DeviceState> devices()
        const;  // as they were first known; the places of old names are used again
    std::array<std::size_t, presence_count> counts() const;

private:
    struct Heard {
        std::int64_t heard_ms = 0;
        std::int64_t reviewed_ms = 0;
        std::uint32_t device = 0;  // place in devices_, plus one; 0: none
        std::uint32_t expires_s = 0;
        std::uint16_t broker = 0;
    };
    struct Speaker {
        AvailabilityTopic topic;
        Said said = Said::nothing;
        std::int64_t said_ms = 0;
    };
    struct EarlyWord {
        Said said = Said::nothing;
        std::int64_t said_ms = 0;
    };
    struct Before {  // this run; unknown: nothing is known of it
        Presence presence = Presence::unknown;
        std::int64_t since_ms = 0;
    };
    struct Device {
        DeviceState state;
        Before before{};            // until this run has a word of its own
        bool since_before = false;  // state.since_ms is of a run before
        std::vector<Speaker> speakers;
        AvailabilityMode mode = AvailabilityMode::latest;
        bool declared = false;          // its speakers are as discovery has them
        PresenceWord outright{};        // of its last birth or death
        std::int64_t outright_ms = 0;   // 0: there was none
        std::int64_t usual_gap_ms = 0;  // a slowly falling maximum of the pauses between readings
        std::uint32_t gaps = 0;         // from which that was learned
        std::int64_t expires_ms = 0;    // when the last of what expires will have; 0: nothing does
        std::int64_t excused_ms = 0;    // until then nothing could be heard
        std::uint16_t broker = 0;
        std::int64_t seen_ms = 0;  // heard_ms, at the last review
    };
    struct Verdict {
        Presence presence = Presence::unknown;
        std::string why{};
    };

    std::uint32_t device_named(std::string_view name);
    Before recalled(std::string_view name) const;
    void note(const DeviceState& state) const;
    bool may_be_named(std::string_view name) const;
    void forget(std::uint32_t place);
    void unwatch(const std::string& topic, std::uint32_t place);
    void remember(std::string_view topic, std::string_view payload, std::int64_t arrived_ms);
    void watch(std::uint32_t place, const AvailabilityTopic& topic);
    void take_in_heard();
    void learn_gap(Device& device) const;
    Verdict judge(const Device& device, std::int64_t now_ms) const;
    Verdict judge_silence(const Device& device, std::int64_t now_ms, std::int64_t there_ms) const;
    void move_clock(std::int64_t by_ms);
    void changed(Device& device, Verdict verdict, std::int64_t now_ms, std::size_t& told);

    std::vector<Heard> series_;                    // by id
    ByText<std::uint32_t> names_;                  // places in devices_
    ByText<std::vector<std::uint32_t>> watchers_;  // by topic
    ByText<AvailabilityTopic> words_;              // of topics, declared for nobody by name
    ByText<EarlyWord> early_;                      // on topics for which nobody waits yet
    std::int64_t started_ms_;
    std::int64_t reviewed_ms_;
    store::Notebook* notebook_;

    mutable std::mutex mutex_;  // of what follows, where it is changed and where others read it
    std::vector<Device> devices_;
    std::vector<std::uint32_t> free_;  // places in it that nobody has; the pipeline's thread alone
};

}  // namespace tidegate::gateway
