#include "bridge/curl.hpp"

#include <chrono>
#include <fmt/core.h>
#include <string_view>
#include <utility>

namespace tidegate::bridge::curl {

namespace {

constexpr std::size_t most_answer = 64UL * 1024;

struct FreeUrl {
    void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};

}  // namespace

bool started()
{
    static const bool once = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return once;
}

Result<std::string> public_url(const std::string& text)
{
    const std::unique_ptr<CURLU, FreeUrl> url(::curl_url());
    const auto wrong = [](std::string_view why) {
        return Error{ErrorKind::invalid, fmt::format("upstream URL: {}", why)};
    };
    if (!url || ::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return wrong("it is not a URL");

    const auto part = [&url](CURLUPart which) {
        char* found = nullptr;
        std::string out;
        if (::curl_url_get(url.get(), which, &found, 0) == CURLUE_OK && found != nullptr) out = found;
        ::curl_free(found);
        return out;
    };
    const auto scheme = part(CURLUPART_SCHEME);
    if (scheme != "https" && scheme != "http") return wrong("it must begin with https:// or http://");
    ::curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
    ::curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
    ::curl_url_set(url.get(), CURLUPART_QUERY, nullptr, 0);  // some carry their key in it
    return part(CURLUPART_URL);
}

Headers headers_of(std::span<const std::string> lines)
{
    Headers headers;
    const auto add = [&headers](const std::string& line) {
        if (auto* grown = ::curl_slist_append(headers.get(), line.c_str())) {
            [[maybe_unused]] auto* same = headers.release();
            headers.reset(grown);
        }
    };
    for (const auto& line : lines) add(line);
    add("Expect:");  // no round trip before the body
    return headers;
}

std::size_t collect(const char* bytes, std::size_t size, std::size_t count, void* into) noexcept
{
    auto& body = *static_cast<std::string*>(into);
    if (body.size() + size * count > most_answer) return 0;  // an error to curl: it ends the transfer
    body.append(bytes, size * count);
    return size * count;
}

HttpAnswer answer_of(CURL* easy, std::string body)
{
    HttpAnswer answer{.body = std::move(body)};
    const char* type = nullptr;
    const char* location = nullptr;
    curl_off_t wait = 0;
    ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
    ::curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    ::curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
    ::curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait);
    if (type != nullptr) answer.content_type = type;
    if (location != nullptr) answer.location = location;
    answer.retry_after = std::chrono::seconds(wait);
    return answer;
}

}  // namespace tidegate::bridge::curl
