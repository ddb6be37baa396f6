#pragma once

#include "base/error.hpp"
#include "store/side_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::store {

enum class CommandState : std::uint8_t {
    waiting,      // for its broker
    sending,      // given to the connection, the broker has not answered yet
    sent,         // the broker has acknowledged it
    unconfirmed,  // it went out and was not acknowledged: it may have arrived. Never sent again
    expired,      // it was too old before it could be sent
    refused,      // never to be sent, see `why`
};
constexpr std::size_t command_states = 6;

std::string_view to_string(CommandState state);

// A message to a device, and what became of it.
struct Command {
    std::uint64_t number = 0;  // given by add(), in the order of arrival
    std::string upstream;      // it came from; empty: from the API
    std::string id;            // given by the sender, its own for ever
    std::string broker;        // it goes to
    std::string topic;
    std::string payload;  // of an ended one its first bytes
    std::uint64_t payload_bytes = 0;
    int qos = 1;
    std::int64_t arrived_ms = 0;       // wall clock
    std::int64_t issued_ms = 0;        // wall clock of the sender; 0: it did not say
    std::int64_t expires_in_ms = 0;    // after it was issued
    std::uint64_t boot = 0;            // in which it arrived
    std::int64_t arrived_boot_ms = 0;  // clock of that boot
    CommandState state = CommandState::waiting;
    std::string why;            // it was refused, expired, or not confirmed
    std::int64_t ended_ms = 0;  // wall clock; 0: not yet
    bool told = false;          // the upstream has acknowledged the result
};

// What add() made of a command.
struct CommandAdded {
    Command command;        // as it is in the book
    bool repeated = false;  // its id was there before
};

// commands.db: every command, on the disk before anything is done about it. So a command that comes again,
// also after a restart, is known, and one that was being sent when the process died is not sent twice. Any
// thread; each call that is not said to be quick reads or writes a file. Errors: full, denied, unavailable.
class CommandBook {
public:
    // Of those that have ended the oldest go, but none that may have gone out and whose id may come again:
    // until it would be too old.
    struct Bounds {
        std::int64_t most = 10'000;
        std::int64_t most_in_time = 100'000;  // of these; then add() is `full`
    };
    static constexpr std::int64_t clock_error_ms = 60'000;  // a sender's clock may be ahead by so much
    static constexpr std::uint64_t most_waiting = 100;      // then add() is `full`
    static constexpr std::size_t payload_kept = 256;        // bytes, of one that has ended

    // Those that were being sent when the process ended become unconfirmed.
    explicit CommandBook(const std::filesystem::path& directory) : CommandBook(directory, Bounds()) {}
    CommandBook(const std::filesystem::path& directory, const Bounds& bounds);

    // One that has ended already (refused) is written down as it is. One whose sender and id are known is
    // not written again; when it has ended, its upstream will be told once more.
    Result<CommandAdded> add(Command command);

    Result<> mark_sending(std::uint64_t number);
    Result<> end(const Command& command, CommandState state, const std::string& why, std::int64_t now_ms);
    Result<> mark_told(std::uint64_t number);

    Result<std::vector<Command>> waiting(const std::string& broker);  // the oldest first
    Result<std::vector<Command>> waiting();                           // for any
    Result<std::vector<Command>> untold(const std::string& upstream, std::size_t limit);

    // The newest first; with numbers below `before` unless that is 0, and of this id unless that is empty.
    Result<std::vector<Command>> list(std::uint64_t before, const std::string& id, std::size_t limit);

    struct Counts {
        std::uint64_t waiting = 0;                          // now, and being sent
        std::array<std::uint64_t, command_states> ended{};  // since start, by state
    };
    Counts counts() const;  // quick

private:
    Result<> load(Database& database);
    Result<std::vector<Command>> select(const std::string& where,
                                        const std::vector<std::string>& texts,
                                        const std::vector<std::int64_t>& numbers);
    Result<> change(const std::string& sql, std::uint64_t number);
    void count_end(CommandState state, bool waited);

    const Bounds bounds_;
    std::mutex mutex_;  // of the file
    SideFile file_;
    bool recovered_ = false;          // what a last process left in sending is looked at once
    mutable std::mutex count_mutex_;  // held for a copy
    Counts counts_;
};

}  // namespace tidegate::store
