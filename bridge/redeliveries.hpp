#pragma once

#include "base/error.hpp"
#include "bridge/mapped_file.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace tidegate::bridge {

// Tells a message that the broker delivers again from one that only looks like it (docs/decisions/0018).
//
// It remembers, for each packet id, what came with it last, in a file beside the ring: the most that is
// delivered again comes after a kill. A message with DUP that says the same under the same id in the same
// session is the same message, if the broker gives its ids in turn: then it cannot have given this one to
// another since. A broker that uses ids again at once could have, and we would not have seen the other. So it
// watches the order of the ids, and proves nothing before it has seen them go on over a pause (1 s, in which
// everything was acknowledged) or 2,048 ids at a stretch, and nothing ever after one that came back too soon.
//
// Of one thread (Paho's receive thread), but for open().
class Redeliveries {
public:
    struct Delivery {
        std::uint16_t packet = 0;  // its id; 0: QoS 0, which is never delivered again
        bool duplicate = false;    // the DUP flag
        std::string_view topic{}, payload{};
    };

    // Opens the file or makes it. `session` names the session; another one's memory is forgotten. Errors:
    // full, denied, unavailable.
    static Result<Redeliveries> open(const std::filesystem::path& file, std::string_view session);

    // A connection begins. Not continued: the broker made a new session, or may have been started anew and
    // taken ids back that it had given.
    void begin(bool continued);

    // Whether this came before, for certain.
    bool again(const Delivery& delivery) const;

    // This is safe now: from here on it can be told when it comes again. At a boot clock's time.
    void took(const Delivery& delivery, std::int64_t now_ms);

private:
    struct Memory;
    explicit Redeliveries(MappedFile file) : file_(std::move(file)) {}
    Memory& memory() const;
    void judge(std::uint16_t packet, std::int64_t now_ms);

    MappedFile file_;
};

}  // namespace tidegate::bridge
