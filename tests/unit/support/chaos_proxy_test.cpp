#include "support/chaos_proxy.hpp"

#include "support/wait.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

namespace tidegate::tests {
namespace {

namespace net = boost::asio;
using Tcp = net::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

// Sends back what it gets.
class EchoServer {
public:
    EchoServer()
    {
        net::co_spawn(io_, accept(), net::detached);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~EchoServer()
    {
        io_.stop();
        thread_.join();
    }
    EchoServer(const EchoServer&) = delete;
    EchoServer& operator=(const EchoServer&) = delete;

    std::uint16_t port() const { return port_; }
    std::atomic<int> open = 0, ends = 0, resets = 0;
    std::atomic<std::size_t> received = 0;

private:
    net::awaitable<void> accept()
    {
        for (;;) {
            auto client = co_await acceptor_.async_accept(net::use_awaitable);
            net::co_spawn(io_, echo(std::move(client)), net::detached);
        }
    }
    net::awaitable<void> echo(Tcp::socket client)
    {
        ++open;
        std::array<char, 65536> buffer{};
        error_code failure;
        while (!failure) {
            const auto count = co_await client.async_read_some(
                net::buffer(buffer), net::redirect_error(net::use_awaitable, failure));
            received += count;
            if (!failure)
                co_await net::async_write(client, net::buffer(buffer.data(), count),
                                          net::redirect_error(net::use_awaitable, failure));
        }
        ++(failure == net::error::eof ? ends : resets);
        --open;
    }

    net::io_context io_{1};
    Tcp::acceptor acceptor_{io_, Tcp::endpoint(net::ip::address_v4::loopback(), 0)};
    std::uint16_t port_ = acceptor_.local_endpoint().port();
    std::thread thread_;
};

// Blocks, but no longer than a second for each call.
class Client {
public:
    explicit Client(const ChaosProxy& proxy)
    {
        socket_.connect(Tcp::endpoint(net::ip::address_v4::loopback(), proxy.port()));
        const timeval limit{1, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    error_code send(const std::string& bytes)
    {
        error_code failure;
        net::write(socket_, net::buffer(bytes), failure);
        return failure;
    }
    // What came of so many bytes before the end, a reset, or silence.
    std::string receive(std::size_t count, error_code& failure)
    {
        std::string bytes(count, '\0');
        std::size_t got = 0;
        while (got < count) {
            const auto now = ::recv(socket_.native_handle(), bytes.data() + got, count - got, 0);
            failure = now < 0 ? error_code(errno, boost::system::system_category()) : error_code();
            if (now <= 0) break;
            got += static_cast<std::size_t>(now);
        }
        bytes.resize(got);
        return bytes;
    }
    std::string receive(std::size_t count)
    {
        error_code ignored;
        return receive(count, ignored);
    }
    // Whether nothing has come so far; does not wait.
    bool hears_nothing()
    {
        char byte = 0;
        const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
        return got < 0 && errno == EAGAIN;
    }
    void close() { socket_.close(); }

private:
    net::io_context io_;
    Tcp::socket socket_{io_};
};

std::chrono::milliseconds time_of(const auto& action)
{
    const auto began = std::chrono::steady_clock::now();
    action();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
}

TEST(ChaosProxy, PassesEverythingAndItsEndBothWaysWhenNothingIsAsked)
{
    EchoServer server;
    const ChaosProxy proxy(server.port());
    Client client(proxy);
    const std::string much(300'000, 'x');

    std::thread writer([&] { client.send(much); });
    EXPECT_EQ(client.receive(much.size()), much);
    writer.join();
    client.close();

    EXPECT_EQ(proxy.up(), much.size());
    EXPECT_EQ(proxy.down(), much.size());
    EXPECT_TRUE(wait_until([&] { return server.ends == 1 && proxy.open() == 0; }));
    EXPECT_EQ(proxy.accepted(), 1);
    EXPECT_EQ(proxy.resets(), 0);
}

TEST(ChaosProxy, DelaysEachWayWithoutMakingItNarrow)
{
    EchoServer server;
    const ChaosProxy proxy(server.port(), {.delay = 30ms});
    Client client(proxy);
    const std::string much(300'000, 'x');

    const auto round = time_of([&] {
        client.send("ping");
        EXPECT_EQ(client.receive(4), "ping");
    });
    const auto bulk = time_of([&] {
        std::thread writer([&] { client.send(much); });
        EXPECT_EQ(client.receive(much.size()).size(), much.size());
        writer.join();
    });

    EXPECT_GE(round, 60ms);
    EXPECT_LT(bulk, 1000ms);  // piece by piece it would take a second: 19 of them, 60 ms each
}

TEST(ChaosProxy, KeepsToItsRate)
{
    EchoServer server;
    const ChaosProxy proxy(server.port(), {.bytes_per_s = 10'000});
    Client client(proxy);

    const auto took = time_of([&] {
        client.send(std::string(1000, 'x'));
        EXPECT_EQ(client.receive(1000).size(), 1000U);
    });

    EXPECT_GE(took, 80ms);
}

TEST(ChaosProxy, SwallowsWithoutAWordWhatASilentConnectionSays)
{
    EchoServer server;
    ChaosProxy proxy(server.port());
    Client before(proxy);
    before.send("heard");
    ASSERT_EQ(before.receive(5), "heard");

    proxy.set({.silent = true});
    Client during(proxy);
    EXPECT_FALSE(before.send("unheard"));
    EXPECT_FALSE(during.send("unheard"));

    EXPECT_TRUE(wait_until([&] { return proxy.vanished() == 14; }));
    EXPECT_TRUE(before.hears_nothing());
    EXPECT_TRUE(during.hears_nothing());
    EXPECT_EQ(server.received, 5U);
}

TEST(ChaosProxy, NeverSpeaksAgainOnAConnectionThatWasSilentNorTellsOfItsEnd)
{
    EchoServer server;
    ChaosProxy proxy(server.port(), {.silent = true});
    Client silent(proxy);
    silent.send("unheard");
    ASSERT_TRUE(wait_until([&] { return proxy.vanished() == 7; }));

    proxy.set({});
    silent.send("more");
    Client fresh(proxy);
    fresh.send("heard");

    EXPECT_EQ(fresh.receive(5), "heard");
    EXPECT_TRUE(wait_until([&] { return proxy.vanished() == 11; }));
    silent.close();
    fresh.close();
    EXPECT_TRUE(wait_until([&] { return server.ends == 1; }));
    EXPECT_EQ(server.open, 1);
}

TEST(ChaosProxy, ResetsBothSidesAfterSoManyBytes)
{
    EchoServer server;
    const ChaosProxy proxy(server.port(), {.reset_after = 10});
    Client client(proxy);
    client.send("12345");
    ASSERT_EQ(client.receive(5), "12345");

    client.send("67890");

    error_code failure;
    client.receive(6, failure);
    EXPECT_EQ(failure, net::error::connection_reset);
    EXPECT_TRUE(wait_until([&] { return server.resets == 1; }));
    EXPECT_EQ(proxy.resets(), 1);
}

TEST(ChaosProxy, TakesTheAnswerAwayWithAResetWhenTheServerHasItAll)
{
    EchoServer server;
    const ChaosProxy proxy(server.port(), {.reset_at_answer_after = 10});
    Client client(proxy);
    client.send("12345");
    ASSERT_EQ(client.receive(5), "12345");

    client.send("67890");

    error_code failure;
    EXPECT_EQ(client.receive(5, failure), "");
    EXPECT_EQ(failure, net::error::connection_reset);
    EXPECT_EQ(server.received, 10U);
}

TEST(ChaosProxy, CutsWhatStandsAndTakesNewConnections)
{
    EchoServer server;
    ChaosProxy proxy(server.port());
    Client first(proxy), second(proxy);
    ASSERT_TRUE(wait_until([&] { return proxy.open() == 2; }));

    proxy.cut();

    error_code failure;
    first.receive(1, failure);
    EXPECT_EQ(failure, net::error::connection_reset);
    second.receive(1, failure);
    EXPECT_EQ(failure, net::error::connection_reset);
    Client third(proxy);
    third.send("heard");
    EXPECT_EQ(third.receive(5), "heard");
    EXPECT_EQ(proxy.resets(), 2);
}

}  // namespace
}  // namespace tidegate::tests
