#include "bridge/own_connections.hpp"

#include "bridge/mapped_file.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace tidegate::bridge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A listener on the loopback, and a connection to it.
struct OwnConnections : testing::Test {
    OwnConnections()
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const at = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener.get(), at, size), 0);
        EXPECT_EQ(::listen(listener.get(), 1), 0);
        EXPECT_EQ(::getsockname(listener.get(), at, &size), 0);
        port = ntohs(address.sin_port);
        EXPECT_EQ(::connect(connection.get(), at, size), 0);
    }
    int option(int name) const
    {
        int value = -1;
        socklen_t size = sizeof value;
        ::getsockopt(connection.get(), IPPROTO_TCP, name, &value, &size);
        return value;
    }

    Descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    Descriptor connection{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port = 0;
};

TEST_F(OwnConnections, AreFoundByThePortOfTheOtherEnd)
{
    EXPECT_THAT(connections_to_port(port), ElementsAre(connection.get()));
    EXPECT_THAT(connections_to_port(static_cast<std::uint16_t>(port ^ 1)), IsEmpty());
    EXPECT_THAT(connections_to_port(0), IsEmpty());
}

TEST_F(OwnConnections, SendAtOnceOnceTheyAreInAHurry)
{
    ASSERT_EQ(option(TCP_NODELAY), 0);
    Hurry hurry;
    hurry.acknowledge();  // none yet
    hurry.begin(port);
    EXPECT_NE(option(TCP_NODELAY), 0);
    hurry.acknowledge();
    EXPECT_NE(option(TCP_QUICKACK), 0);
}

TEST_F(OwnConnections, AreOverOnceTheyAreCut)
{
    EXPECT_EQ(cut_connections_to_port(port), 1);
    char byte = 0;
    EXPECT_EQ(::recv(connection.get(), &byte, 1, 0), 0);
}

}  // namespace
}  // namespace tidegate::bridge
