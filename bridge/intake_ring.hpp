#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>

namespace tidegate::bridge {

// How the payload of a message is to be read.
enum class Form : std::uint8_t {
    plain,     // as its topic and its own structure say
    readings,  // gateway/ingest/posted_readings.hpp
    lines,     // gateway/ingest/posted_lines.hpp
};

// A message as it arrived, by MQTT or by HTTP. The views point into the ring (or into Paho's message on the
// way in).
struct Message {
    std::string_view topic{};
    std::string_view payload{};
    std::int64_t arrived_ms = 0;  // wall clock
    bool retained = false;
    bool duplicate = false;       // the DUP flag: the broker is not sure that we had it before
    bool oversize = false;        // the payload was too large and was left out; counted, not lost silently
    bool unsynchronised = false;  // the wall clock of this boot was not set yet
    bool again = false;           // it came before, for certain; the payload was left out
    Form form = Form::plain;
};

// The shared-memory ring between Paho's receive thread and the pipeline thread (docs/architecture.md). It is
// a file in the runtime directory (tmpfs), mapped MAP_SHARED: what was pushed survives `kill -9` of this
// process, and since Paho sends the PUBACK only after push() has returned, an acknowledged message is either
// in the ring or in the store.
//
// One producer thread, one consumer thread; release() may be called from a third (the store's writer).
// Layout, and why a kill at any instruction leaves it whole: ring_layout.hpp.
class IntakeRing {
public:
    static constexpr std::size_t least_capacity = 256UL * 1024;
    static constexpr std::size_t most_capacity = 1024UL * 1024 * 1024;

    // Opens the file or makes it (fallocated whole, so that a full tmpfs is an error now and not SIGBUS
    // later), and locks FILE.lock until destroyed. A file of another capacity is made anew when it is
    // drained; one that still holds messages keeps its capacity. One that is not a whole ring is set aside as
    // FILE.damaged, and logged. Errors: denied (another process has it), full, invalid (capacity out of
    // bounds), unavailable.
    static Result<std::unique_ptr<IntakeRing>> open(const std::filesystem::path& file,
                                                    std::size_t capacity_bytes);
    ~IntakeRing();
    IntakeRing(const IntakeRing&) = delete;
    IntakeRing& operator=(const IntakeRing&) = delete;

    // Producer. Waits while the ring is full: no PUBACK, the socket is not read, the broker queues. False: it
    // is full, and a stop was asked for or patience has come to its end; the message is not in the ring and
    // must not be acknowledged. A message that is larger than half the ring is pushed as oversize, without
    // its payload.
    bool push(const Message& message,
              const std::stop_token& stop,
              std::chrono::milliseconds patience = std::chrono::hours(24));

    // Producer. Position behind the last message pushed: once it is released, all of them are committed.
    std::uint64_t pushed() const;

    // Bytes that a message takes at most, but for the rest of the data area that may be skipped before it.
    static std::uint64_t bytes_of(const Message& message);

    // Consumer. The next message after the last one taken; its views stay valid until its position is
    // released.
    std::optional<Message> next();

    // Consumer. Position behind the last message taken; release(position()) frees everything before it.
    std::uint64_t position() const;

    // Any thread. Frees the space up to `position`, which must have been returned by position(); never moves
    // back.
    void release(std::uint64_t position);

    // Consumer, at start and before anything is pushed. Everything before `position` was committed before a
    // crash: skip and free it.
    void skip_to(std::uint64_t position);

    // Consumer. Waits until there is something to take, or `most` has passed, or a stop is asked for. Under
    // load it returns at most 250 times a second, so that messages are taken in handfuls; the first one after
    // a pause wakes it at once.
    void wait(const std::stop_token& stop, std::chrono::milliseconds most);

    // The same for one consumer of several rings. All but the first share the first's bell, since before
    // anything was pushed.
    static void wait_any(std::span<IntakeRing* const> rings,
                         const std::stop_token& stop,
                         std::chrono::milliseconds most);
    void share_bell_of(IntakeRing& first);  // which outlives the pushing into this one

    std::uint64_t id() const;  // drawn when the file was made
    std::uint64_t used_bytes() const;
    std::uint64_t capacity_bytes() const;

private:
    class Mapping;
    std::unique_ptr<Mapping> mapping_;

public:
    explicit IntakeRing(std::unique_ptr<Mapping> mapping);  // for open() alone
};

}  // namespace tidegate::bridge
