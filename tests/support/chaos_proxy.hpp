#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace tidegate::tests {

// What a ChaosProxy does to the connections through it. "Up" is from the client to the server.
struct Chaos {
    std::chrono::milliseconds delay{0};  // of each piece, each way
    std::size_t bytes_per_s = 0;         // each way and connection; 0: as fast as it goes

    // So many bytes of each way wait here at most, and the kernel takes few more: then a client's write
    // blocks. To be given at the start; 0: a mebibyte, and what the kernel likes.
    std::size_t room = 0;

    // Half-open: what either side sends is taken and vanishes, the end of the connection too. A connection
    // that was silent once stays so, as one that a router has forgotten. New ones are accepted, and silent.
    bool silent = false;

    // When so many bytes have passed up on a connection, both sides get a reset; 0: never.
    std::size_t reset_after = 0;

    // When so many bytes have passed up on a connection, the server's next answer vanishes and both sides get
    // a reset: it was done, and the client cannot know. 0: never.
    std::size_t reset_at_answer_after = 0;
};

// A TCP proxy on a loopback port of its own, in front of a server on another, with a thread of its own. For
// tests of what bad networks do. Every member function may be called from any thread.
class ChaosProxy {
public:
    explicit ChaosProxy(std::uint16_t server_port, Chaos chaos = {});
    ~ChaosProxy();
    ChaosProxy(const ChaosProxy&) = delete;
    ChaosProxy& operator=(const ChaosProxy&) = delete;

    std::uint16_t port() const;  // where clients connect

    void set(Chaos chaos);  // from now on, also for the connections that stand
    void cut();             // both sides of every connection that stands get a reset

    int accepted() const;            // connections since the start
    int open() const;                // that stand now
    int resets() const;              // connections ended by a reset of ours
    std::uint64_t up() const;        // bytes handed to the server
    std::uint64_t down() const;      // bytes handed to clients
    std::uint64_t vanished() const;  // bytes taken and handed to nobody

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tidegate::tests
