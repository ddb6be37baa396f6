#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidegate::tests {

// A network of its own, with nothing but a loopback interface, for the calling thread and all that it starts
// from then on. In it packets can be dropped (nftables), without a word to anybody: as a cable does that is
// pulled behind a switch. Needs root.
class NetNamespace {
public:
    // Enters it, for good. Empty: it is done; else why it cannot be.
    static std::string enter()
    {
        if (::unshare(CLONE_NEWNET) != 0)
            return std::string("no network namespace can be made here: ") + std::strerror(errno);
        const NetNamespace inside;
        try {
            inside.run({"ip", "link", "set", "lo", "up"});
            inside.run({"nft", "add", "table", "inet", "tidegate"});
            inside.run(
                {"nft", "add", "chain", "inet", "tidegate", "in", "{ type filter hook input priority 0 ; }"});
        } catch (const std::runtime_error& failure) {
            return failure.what();
        }
        return {};
    }

    // From now on what goes to or comes from the port vanishes, until restore().
    static void drop(std::uint16_t port)
    {
        const NetNamespace inside;
        for (const auto* end : {"dport", "sport"})
            inside.run({"nft", "add", "rule", "inet", "tidegate", "in", "tcp", end, std::to_string(port),
                        "counter", "drop"});
    }
    static void restore() { NetNamespace().run({"nft", "flush", "chain", "inet", "tidegate", "in"}); }

    // Packets that vanished since drop().
    static std::uint64_t vanished()
    {
        const NetNamespace inside;
        const auto rules = inside.run({"nft", "list", "chain", "inet", "tidegate", "in"});
        std::uint64_t count = 0;
        const std::string name = "counter packets ";
        for (auto at = rules.find(name); at != std::string::npos; at = rules.find(name, at + 1))
            count += std::stoull(rules.substr(at + name.size()));
        return count;
    }

private:
    std::string run(std::vector<std::string> command) const
    {
        Process process(std::move(command), {.output = dir_ / "output"});
        if (process.wait(std::chrono::seconds(20)) != 0)
            throw std::runtime_error("no packets can be dropped here: " + process.output());
        return process.output();
    }

    TempDir dir_;
};

}  // namespace tidegate::tests
