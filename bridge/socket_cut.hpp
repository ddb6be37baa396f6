#pragma once

#include <cstdint>

namespace tidegate::bridge {

// Shuts down every TCP connection of this process whose other end has this port; how many there were.
//
// Paho acknowledges a message when the arrival callback returns, whatever it returns, and does not tell its
// socket. When a message could not be kept, this is what keeps the PUBACK from leaving: the broker then
// delivers the message again. Another connection of ours to the same port at another host is cut as well; its
// owner reconnects.
int cut_connections_to_port(std::uint16_t port) noexcept;

}  // namespace tidegate::bridge
