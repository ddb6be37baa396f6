#pragma once

#include <string>
#include <string_view>

namespace tidegate::web {

// How an address is counted: one of IPv6 with all of its network (/64), which any host there may choose from;
// the loopback, and one of IPv4 in IPv6's clothes, as what it is.
std::string network_of(std::string_view address);

}  // namespace tidegate::web
