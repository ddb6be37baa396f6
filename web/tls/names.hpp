#pragma once

#include <string>
#include <string_view>
#include <vector>

// What a certificate is for: the names and addresses under which this machine is reached.
namespace tidegate::web {

struct Names {
    std::vector<std::string> hosts;      // in lower case
    std::vector<std::string> addresses;  // as inet_ntop() writes them
    bool operator==(const Names&) const = default;
};

// The host's name, that name in .local (mDNS), localhost, the loopback's and all own addresses but the
// link-local ones of IPv6, which no URL can name; then `further`, each a name or an address. Sorted.
Names own_names(const std::vector<std::string>& further);

bool is_address(std::string_view text);  // IPv4 or IPv6

// Whether an address stays within a site: loopback, RFC 1918, link-local, RFC 4193.
bool is_local_address(const std::string& address);

// Whether a name cannot be anybody's on the Internet: without a dot, or in .local, .lan, .home.arpa,
// .internal, .home.
bool is_local_name(std::string_view name);

inline constexpr std::string_view local_domains[] = {"local", "lan", "home.arpa", "internal", "home"};

}  // namespace tidegate::web
