#include "web/accounts/network_of.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <iterator>
#include <netinet/in.h>

namespace tidegate::web {

std::string network_of(std::string_view address)
{
    in6_addr six{};
    const std::string text(address.substr(0, address.find('%')));
    if (::inet_pton(AF_INET6, text.c_str(), &six) != 1 || IN6_IS_ADDR_LOOPBACK(&six)) return text;
    std::array<char, INET6_ADDRSTRLEN> shown{};
    constexpr std::size_t four_at = 12;
    if (IN6_IS_ADDR_V4MAPPED(&six))
        return ::inet_ntop(AF_INET, six.s6_addr + four_at, shown.data(), shown.size());
    std::fill(six.s6_addr + sizeof six / 2, std::end(six.s6_addr), static_cast<std::uint8_t>(0));
    return std::string(::inet_ntop(AF_INET6, &six, shown.data(), shown.size())) + "/64";
}

}  // namespace tidegate::web
