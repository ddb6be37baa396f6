#pragma once

#include "web/accounts/identity.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// HTTP as the handlers see it: plain values, no sockets, no Beast.
namespace tidegate::web {

using Query = std::map<std::string, std::string, std::less<>>;

struct Request {
    std::string method;  // HEAD is turned into GET; its body is left out when the answer is written
    std::string path;  // percent-decoded, and free of "..", control characters and backslashes (sanitize.hpp)
    Query query;       // percent-decoded
    std::string host, origin, fetch_site, if_none_match, content_type, content_encoding, last_event_id;
    std::string authorization, cookie;  // who it says to be from; for gate.hpp alone
    std::string from;                   // address of the peer
    bool secure = false;                // it came by TLS
    std::string accept_encoding;
    std::string body;
    Identity identity;  // who it is from, and which topics that one may read and write

    std::optional<std::string_view> parameter(std::string_view name) const
    {
        const auto found = query.find(name);
        if (found == query.end()) return std::nullopt;
        return found->second;
    }
};

struct Reply {
    unsigned status = 200;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  // beside those that every answer carries
};

}  // namespace tidegate::web
