#include "bridge/own_connections.hpp"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace tidegate::bridge {

namespace {

// 0 when it is not connected over TCP.
std::uint16_t peer_port(int descriptor)
{
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return 0;
    if (peer.ss_family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, &peer, sizeof address);
        return ntohs(address.sin_port);
    }
    if (peer.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &peer, sizeof address);
        return ntohs(address.sin6_port);
    }
    return 0;
}

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

std::vector<int> connections_to_port(std::uint16_t port) noexcept
{
    std::vector<int> found;
    const std::unique_ptr<DIR, CloseDirectory> descriptors(::opendir("/proc/self/fd"));
    if (!descriptors || port == 0) return found;
    while (const dirent* entry =
               ::readdir(descriptors.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
        const int descriptor = std::atoi(entry->d_name);  // NOLINT(cert-err34-c): "." and ".." give 0, stdin
        if (peer_port(descriptor) == port) found.push_back(descriptor);
    }
    return found;
}

int cut_connections_to_port(std::uint16_t port) noexcept
{
    int cut = 0;
    for (const int descriptor : connections_to_port(port))
        if (::shutdown(descriptor, SHUT_RDWR) == 0) ++cut;
    return cut;
}

void Hurry::begin(std::uint16_t port) noexcept
{
    connections_ = connections_to_port(port);
    set(TCP_NODELAY);
}

void Hurry::acknowledge() const noexcept
{
    set(TCP_QUICKACK);
}

void Hurry::set(int option) const noexcept
{
    const int on = 1;
    for (const int descriptor : connections_) ::setsockopt(descriptor, IPPROTO_TCP, option, &on, sizeof on);
}

}  // namespace tidegate::bridge
