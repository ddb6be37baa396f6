#include "web/tls/names.hpp"

#include "base/ascii.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <ifaddrs.h>
#include <iterator>
#include <memory>
#include <netinet/in.h>

namespace tidegate::web {
namespace {

std::string host_name()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return lowered(name.data());
}

std::string text_of(int family, const void* address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    return ::inet_ntop(family, address, text.data(), text.size()) != nullptr ? text.data() : "";
}

// As inet_ntop() writes it, whatever way it was written; empty: it is none.
std::string canonical(std::string_view text)
{
    const std::string copy(text);
    in6_addr six{};
    in_addr four{};
    if (::inet_pton(AF_INET, copy.c_str(), &four) == 1) return text_of(AF_INET, &four);
    if (::inet_pton(AF_INET6, copy.c_str(), &six) == 1) return text_of(AF_INET6, &six);
    return {};
}

void add_own_addresses(std::vector<std::string>& into)
{
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) return;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(all, &::freeifaddrs);
    for (const auto* one = all; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            into.push_back(text_of(AF_INET, &reinterpret_cast<sockaddr_in*>(one->ifa_addr)->sin_addr));
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            const auto& six = reinterpret_cast<sockaddr_in6*>(one->ifa_addr)->sin6_addr;
            if (!IN6_IS_ADDR_LINKLOCAL(&six)) into.push_back(text_of(AF_INET6, &six));
        }
    }
}

void make_unique(std::vector<std::string>& texts)
{
    std::ranges::sort(texts);
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    std::erase(texts, std::string());
}

}  // namespace

bool is_address(std::string_view text)
{
    return !canonical(text).empty();
}

Names own_names(const std::vector<std::string>& further)
{
    Names names;
    const auto host = host_name();
    names.hosts = {"localhost", host};
    if (!host.empty()) names.hosts.push_back(host.substr(0, host.find('.')) + ".local");
    names.addresses = {"127.0.0.1", "::1"};
    add_own_addresses(names.addresses);
    for (const auto& one : further) {
        if (auto address = canonical(one); !address.empty())
            names.addresses.push_back(std::move(address));
        else
            names.hosts.push_back(lowered(one));
    }
    make_unique(names.hosts);
    make_unique(names.addresses);
    return names;
}

bool is_local_address(const std::string& address)
{
    in_addr four{};
    if (::inet_pton(AF_INET, address.c_str(), &four) == 1) {
        const auto bits = ntohl(four.s_addr);
        return bits >> 24U == 127 || bits >> 24U == 10 || bits >> 20U == 0xAC1 || bits >> 16U == 0xC0A8 ||
               bits >> 16U == 0xA9FE;
    }
    in6_addr six{};
    if (::inet_pton(AF_INET6, address.c_str(), &six) != 1) return false;
    return IN6_IS_ADDR_LOOPBACK(&six) || (six.s6_addr[0] & 0xFEU) == 0xFC;
}

bool is_local_name(std::string_view name)
{
    if (name.find('.') == std::string_view::npos) return true;
    return std::ranges::any_of(local_domains, [name](std::string_view domain) {
        return name.ends_with(domain) && name.size() > domain.size() &&
               name[name.size() - domain.size() - 1] == '.';
    });
}

}  // namespace tidegate::web
