#include "bridge/http_answer.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <cctype>

namespace tidegate::bridge {

namespace {

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

bool is_page(const HttpAnswer& answer)
{
    constexpr std::size_t enough = 200;
    if (answer.body.empty()) return false;
    if (lower(answer.content_type).starts_with("text/html")) return true;
    auto begin = lower(std::string_view(answer.body).substr(0, enough));
    begin.erase(0, begin.find_first_not_of(" \t\r\n\xef\xbb\xbf"));
    return begin.starts_with("<!doctype html") || begin.starts_with("<html");
}

// Where a redirect points to, without what may be a secret: user, password, query and fragment.
std::string public_place(std::string_view location)
{
    location = location.substr(0, location.find_first_of("?#"));
    const auto slashes = location.find("//");
    const auto at = location.rfind('@');
    if (slashes == location.npos || at == location.npos || at < slashes) return std::string(location);
    return std::string(location.substr(0, slashes + 2)).append(location.substr(at + 1));
}

// nginx answers so to a client without a certificate, or with one that it does not trust: no reading is to
// blame for that.
bool misses_certificate(const HttpAnswer& answer)
{
    return answer.status == 400 && is_page(answer) &&
           answer.body.find("SSL certificate") != std::string::npos;
}

ErrorKind kind_of(const HttpAnswer& answer)
{
    if (misses_certificate(answer)) return ErrorKind::denied;
    switch (answer.status) {
    case 400:
    case 413:
    case 422: return ErrorKind::invalid;
    case 401:
    case 403: return ErrorKind::denied;
    default: return ErrorKind::unavailable;
    }
}

}  // namespace

Result<> judge(const HttpAnswer& answer, std::string_view url)
{
    const bool good = answer.status >= 200 && answer.status < 300;
    if (good && !is_page(answer)) return {};
    if (good)
        return Error{ErrorKind::unavailable,
                     fmt::format("{} answers with a web page: a login page of the network stands "
                                 "between, or the path is wrong",
                                 url)};
    if (answer.status >= 300 && answer.status < 400)
        return Error{ErrorKind::unavailable,
                     fmt::format("{} answers {} and points to {}, which is not followed: use the "
                                 "right URL",
                                 url, answer.status, log::quoted(public_place(answer.location)))};
    constexpr std::size_t telling = 200;
    const auto said =
        answer.body.empty() ? "" : ": " + log::quoted(std::string_view(answer.body).substr(0, telling));
    return Error{kind_of(answer), fmt::format("{} answers {}{}", url, answer.status, said)};
}

std::chrono::milliseconds stay_away(const HttpAnswer& answer)
{
    constexpr std::chrono::seconds longest = std::chrono::minutes(5);
    if (answer.status != 429 && answer.status != 503) return {};
    return std::clamp(answer.retry_after, std::chrono::seconds(0), longest);
}

}  // namespace tidegate::bridge
