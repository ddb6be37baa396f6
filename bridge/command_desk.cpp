#include "bridge/command_desk.hpp"

#include "base/log.hpp"
#include "base/topic_filter.hpp"
#include "store/boot_clock.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <random>
#include <utility>

namespace tidegate::bridge {

using store::CommandState;

namespace {

constexpr double most_at_once = 100, most_a_second = 10;  // each is some writes to the card
constexpr std::int64_t future_ms = 60'000;                // clocks may differ by so much
constexpr std::size_t longest_topic = 1024;
constexpr std::size_t longest_broker_kept = 40;  // of a command that is refused

std::string drawn_id()
{
    std::random_device chance;
    return fmt::format("{:08x}{:08x}", chance(), chance());
}

// Whether a command that came again is the same.
bool is_same(const store::Command& known, const store::Command& again)
{
    return known.topic == again.topic && known.payload_bytes == again.payload.size() &&
           again.payload.starts_with(known.payload);
}

bool is_allowed(const CommandRules& rules, const std::string& topic)
{
    return std::ranges::any_of(rules.allow, [&](const auto& filter) { return matches(filter, topic); });
}

// Why nobody is there who would ever send it; empty: somebody is.
std::string why_orphaned(const CommandRules& rules, const store::Command& command)
{
    if (std::ranges::find(rules.brokers, command.broker) == rules.brokers.end())
        return fmt::format("its broker \"{}\" is configured no more", command.broker);
    return rules.allow.empty() ? "no commands are allowed any more: [commands] allow is empty" : "";
}

std::string source_of(const store::Command& command)
{
    return command.upstream.empty() ? "api" : log::quoted("upstream " + command.upstream);
}

}  // namespace

Result<> check_target(std::string_view topic)
{
    const auto wrong = [](const char* what) { return Error{ErrorKind::invalid, what}; };
    if (topic.empty()) return wrong("topic is empty");
    if (topic.size() > longest_topic) return wrong("topic is longer than 1024 bytes");
    if (topic.find_first_of("+#") != topic.npos)
        return wrong("topic must be one topic: without the wildcards + and #");
    if (topic.starts_with('$')) return wrong("topic must not begin with $: such topics are the broker's own");
    const bool control = std::ranges::any_of(topic, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
    if (control) return wrong("topic must not have control characters in it");
    return {};
}

CommandDesk::CommandDesk(store::CommandBook& book, CommandRules rules, ClockSource clock)
    : book_(book),
      clock_(std::move(clock)),
      started_boot_ms_(clock_.boot_ms()),
      rules_(std::move(rules))
{
}

void CommandDesk::set_rules(CommandRules rules)
{
    {
        const std::scoped_lock lock(mutex_);
        rules_ = std::move(rules);
    }
    changed();
}

CommandRules CommandDesk::rules() const
{
    const std::scoped_lock lock(mutex_);
    return rules_;
}

std::uint64_t CommandDesk::this_boot() const
{
    return clock_.boot_id ? clock_.boot_id() : store::boot_id();
}

Result<store::CommandAdded> CommandDesk::take(std::string_view text, const std::string& upstream)
{
    CommandRequest request;
    auto good = read_command(text, request);
    const auto now = rules();
    if (good) good = check(now, request, !upstream.empty());
    if (request.id.empty() && upstream.empty() && good) request.id = drawn_id();
    auto command = command_of(now, std::move(request), upstream);
    if (!good) return refuse(std::move(command), good.error());
    if (!may(&Sender::taken, upstream))
        return Error{ErrorKind::full, "too many commands at a time; at most 10 a second"};

    const auto asked = command;
    auto added = book_.add(std::move(command));
    if (!added) {
        say_not_taken(asked, added.error().what);
        return added;
    }
    say_not_taken(asked, {});
    const auto& known = added->command;
    log::info("command_taken from={} id={} topic={} bytes={}{}", source_of(known), log::quoted(known.id),
              log::quoted(known.topic), known.payload_bytes, added->repeated ? " repeated=true" : "");
    changed();
    if (added->repeated && !is_same(known, asked))
        return Error{ErrorKind::invalid,
                     "this id was used before, for another command; give it one of its own"};
    if (added->repeated) return added;
    // The rules may have changed meanwhile, and who looked for orphans then has not seen it.
    const auto orphaned = why_orphaned(rules(), known);
    if (orphaned.empty()) return added;
    ended(known, CommandState::refused, orphaned);
    return Error{ErrorKind::denied, orphaned};
}

Result<store::CommandAdded> CommandDesk::refuse(store::Command command, const Error& why)
{
    if (!may(&Sender::refused, command.upstream)) return why;
    refused_.say(log::Level::warning, source_of(command), clock_.boot_ms(),
                 "command_refused from={} id={} topic={} why={}", source_of(command), log::quoted(command.id),
                 log::quoted(command.topic), log::quoted(why.what));
    if (command.id.empty() && command.upstream.empty()) command.id = drawn_id();
    if (command.id.empty()) return why;  // there is nothing to call it by
    command.topic.resize(std::min(command.topic.size(), longest_topic));
    command.broker.resize(std::min(command.broker.size(), longest_broker_kept));
    command.state = CommandState::refused;
    command.why = why.what;
    command.ended_ms = clock_.wall_ms();
    if (auto added = book_.add(std::move(command)); !added)
        log::error("command_not_written why={}", log::quoted(added.error().what));
    changed();
    return why;
}

store::Command CommandDesk::command_of(const CommandRules& rules,
                                       CommandRequest request,
                                       const std::string& upstream) const
{
    store::Command command;
    command.upstream = upstream;
    command.id = std::move(request.id);
    command.broker = std::move(request.broker);
    if (command.broker.empty() && !rules.brokers.empty()) command.broker = rules.brokers.front();
    command.topic = std::move(request.topic);
    command.payload = std::move(request.payload);
    command.qos = request.qos;
    command.arrived_ms = clock_.wall_ms();
    command.issued_ms = request.issued_ms;
    command.expires_in_ms = request.expires_in_ms > 0 ? request.expires_in_ms : rules.expiry.count();
    command.boot = this_boot();
    command.arrived_boot_ms = clock_.boot_ms();
    return command;
}

Result<> CommandDesk::check(const CommandRules& rules, const CommandRequest& request, bool from_upstream)
{
    if (auto good = check_target(request.topic); !good) return good;
    if (!is_allowed(rules, request.topic))
        return Error{ErrorKind::denied,
                     rules.allow.empty() ? "no commands are allowed: [commands] allow is empty"
                                         : "commands to this topic are not allowed: no filter in [commands] "
                                           "allow matches it"};
    if (request.payload.size() > rules.largest_payload)
        return Error{ErrorKind::invalid,
                     fmt::format("payload has {} bytes, at most {} are allowed ([commands] payload)",
                                 request.payload.size(), rules.largest_payload)};
    if (!request.broker.empty() && std::ranges::find(rules.brokers, request.broker) == rules.brokers.end())
        return Error{ErrorKind::invalid,
                     fmt::format("there is no broker \"{}\"; there {} {}", request.broker.substr(0, 40),
                                 rules.brokers.size() == 1 ? "is" : "are", fmt::join(rules.brokers, ", "))};
    if (!from_upstream) return {};
    if (request.id.empty()) return Error{ErrorKind::invalid, "a command from an upstream needs an id"};
    if (request.issued_ms == 0)
        return Error{ErrorKind::invalid,
                     "a command from an upstream needs `issued`, milliseconds since 1970: "
                     "without it nobody knows how old it is"};
    return {};
}

CommandDesk::Sender& CommandDesk::sender(const std::string& upstream)
{
    const Allowance full{most_at_once, clock_.boot_ms()};
    return senders_.try_emplace(upstream, Sender{full, full}).first->second;
}

bool CommandDesk::may(Allowance Sender::*of, const std::string& upstream)
{
    const std::scoped_lock lock(mutex_);
    auto& allowance = sender(upstream).*of;
    const auto now = clock_.boot_ms();
    const auto seconds = static_cast<double>(now - std::exchange(allowance.at_ms, now)) / 1000;
    allowance.left = std::min(most_at_once, allowance.left + seconds * most_a_second);
    const bool none_left = allowance.left < 1;
    if (none_left && !std::exchange(allowance.used_up, true))
        log::warning(
            "command_refused from={} why=\"too many: more than {} a second; further ones go unsaid\"",
            upstream.empty() ? "api" : log::quoted("upstream " + upstream), most_a_second);
    if (none_left) return false;
    allowance.used_up = false;
    allowance.left -= 1;
    return true;
}

// It is tried again and again: what is the same is said once.
void CommandDesk::say_not_taken(const store::Command& command, const std::string& why)
{
    {
        const std::scoped_lock lock(mutex_);
        if (std::exchange(sender(command.upstream).not_taken, why) == why) return;
    }
    if (!why.empty())
        log::error("command_not_taken from={} id={} why={}", source_of(command), log::quoted(command.id),
                   log::quoted(why));
}

void CommandDesk::end_orphans()
{
    const auto waiting = book_.waiting();
    if (!waiting) return log::error("commands.db cannot be read: {}", log::quoted(waiting.error().what));
    const auto now = rules();
    for (const auto& command : *waiting) {
        const auto why = why_orphaned(now, command);
        if (!why.empty()) ended(command, CommandState::refused, why);
    }
}

// The clock of the boot tells how long ago a command came; how old it was then only the wall clock can say,
// and not before it is known to be right.
CommandVerdict CommandDesk::judge(const store::Command& command) const
{
    const auto now = rules();
    if (!is_allowed(now, command.topic))
        return {CommandState::refused, "no filter in [commands] allow matches its topic any more"};
    const bool same_boot = command.boot == this_boot();
    const auto came = same_boot ? command.arrived_boot_ms : started_boot_ms_;
    if (clock_.boot_ms() - came >= command.expires_in_ms)
        return {CommandState::expired, "too old: its time passed while it waited"};
    const bool ours = command.issued_ms == 0;  // it was issued when it came
    if (ours && same_boot) return {CommandState::sending};
    if (!now.trust_clock && !clock_.synchronised()) return {CommandState::waiting};

    const auto age = clock_.wall_ms() - (ours ? command.arrived_ms : command.issued_ms);
    if (age >= command.expires_in_ms)
        return {CommandState::expired, fmt::format("too old: issued {} s ago, it was to be sent within {} s",
                                                   age / 1000, command.expires_in_ms / 1000)};
    if (age < -future_ms)
        return {CommandState::refused,
                fmt::format("issued {} s in the future: the sender's clock or ours is wrong", -age / 1000)};
    return {CommandState::sending};
}

Result<> CommandDesk::sending(const store::Command& command)
{
    return book_.mark_sending(command.number);
}

void CommandDesk::ended(const store::Command& command, CommandState state, const std::string& why)
{
    const auto say =
        fmt::format("command_ended from={} id={} topic={} state={} why={}", source_of(command),
                    log::quoted(command.id), log::quoted(command.topic), to_string(state), log::quoted(why));
    if (state == CommandState::sent)
        log::info("{}", say);
    else
        log::warning("{}", say);
    // Not written, it stays as it is in the book: not sent twice, and not confirmed at the next start.
    if (auto done = book_.end(command, state, why, clock_.wall_ms()); !done)
        log::error("command_not_written why={}", log::quoted(done.error().what));
    changed();
}

std::uint64_t CommandDesk::changes() const
{
    const std::scoped_lock lock(mutex_);
    return changes_;
}

void CommandDesk::changed()
{
    const std::scoped_lock lock(mutex_);
    ++changes_;
    wake_.notify_all();
}

void CommandDesk::wait(std::uint64_t seen, const std::stop_token& stop, std::chrono::milliseconds most)
{
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, most, [&] { return changes_ != seen; });
}

}  // namespace tidegate::bridge
