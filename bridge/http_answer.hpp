#pragma once

#include "base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace tidegate::bridge {

// What came back from an HTTP upstream.
struct HttpAnswer {
    long status = 0;
    std::string content_type{};
    std::string body{};      // its beginning
    std::string location{};  // where a redirect points to
    std::chrono::seconds retry_after{0};
};

// What it means for the delivery. Success only for a 2xx that does not look like a page for people: a captive
// portal answers 200, too. Otherwise unavailable, denied or invalid, as Sink::deliver() has them. Pure.
Result<> judge(const HttpAnswer& answer, std::string_view url);

// How long to stay away: what a 429 or 503 asks for, at most 5 minutes. Pure.
std::chrono::milliseconds stay_away(const HttpAnswer& answer);

}  // namespace tidegate::bridge
