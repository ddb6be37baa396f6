#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log_limit.hpp"
#include "bridge/command_text.hpp"
#include "store/command_book.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::bridge {

struct CommandRules {
    std::vector<std::string> allow{};    // topic filters; none: nothing is allowed
    std::vector<std::string> brokers{};  // names; a command that names none goes to the first
    std::size_t largest_payload = 16UL * 1024;
    std::chrono::milliseconds expiry{60'000};  // of a command that does not say
    bool trust_clock = false;                  // the wall clock is right, though the kernel does not say so
};

// What is to be done about a command that waits: `sending` (now), `waiting` (it cannot be known yet whether
// it is too old), or it ends so.
struct CommandVerdict {
    store::CommandState state = store::CommandState::waiting;
    std::string why{};
};

// Where commands come together: from upstreams and from the API on the one side, the brokers' outlets on the
// other. Checks them, writes them down before anything else, says when they are too old, and tells the
// journal what becomes of each. Has no thread; any thread.
class CommandDesk {
public:
    // `book` and what is in `clock` live longer. Rules are as the configuration allows them.
    CommandDesk(store::CommandBook& book, CommandRules rules, ClockSource clock = {});

    void set_rules(CommandRules rules);  // of commands from now on, and of those that wait

    // From an upstream, or, with an empty name, from the API. Errors: invalid, denied (not on the list),
    // full (too many of this sender), unavailable and full (it cannot be written down). What is refused and
    // can be named is in the book as well, for its upstream to be told, unless that is too much, too.
    Result<store::CommandAdded> take(std::string_view text, const std::string& upstream);

    // Those that wait for a broker which is configured no more end. Before the outlets start.
    void end_orphans();

    CommandVerdict judge(const store::Command& command) const;

    Result<> sending(const store::Command& command);
    void ended(const store::Command& command, store::CommandState state, const std::string& why);

    store::CommandBook& book() { return book_; }

    // Counts what was taken or has ended. wait(): until it is another than `seen`, or `most` has passed.
    std::uint64_t changes() const;
    void wait(std::uint64_t seen, const std::stop_token& stop, std::chrono::milliseconds most);

private:
    CommandRules rules() const;
    static Result<> check(const CommandRules& rules, const CommandRequest& request, bool from_upstream);
    // A bucket of its own for each sender: one that sends too much costs no other anything.
    struct Allowance {
        double left;
        std::int64_t at_ms;
        bool used_up = false;  // said once
    };
    struct Sender {
        Allowance taken, refused;
        std::string not_taken{};  // why the last could not be; said once
    };
    Sender& sender(const std::string& upstream);
    bool may(Allowance Sender::*of, const std::string& upstream);
    void say_not_taken(const store::Command& command, const std::string& why);
    store::Command command_of(const CommandRules& rules,
                              CommandRequest request,
                              const std::string& upstream) const;
    Result<store::CommandAdded> refuse(store::Command command, const Error& why);
    std::uint64_t this_boot() const;
    void changed();

    store::CommandBook& book_;
    const ClockSource clock_;
    const std::int64_t started_boot_ms_;

    mutable std::mutex mutex_;  // of what follows; held for a copy
    CommandRules rules_;
    std::condition_variable_any wake_;
    std::uint64_t changes_ = 0;
    log::Limit refused_{{.lines = 20}};      // by sender
    std::map<std::string, Sender> senders_;  // by upstream; empty: the API
};

// Whether a message can be published to it by a command. Errors: invalid.
Result<> check_target(std::string_view topic);

}  // namespace tidegate::bridge
