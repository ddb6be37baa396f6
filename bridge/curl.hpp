#pragma once

#include "base/error.hpp"
#include "bridge/http_answer.hpp"

#include <cstddef>
#include <curl/curl.h>
#include <memory>
#include <span>
#include <string>

// libcurl's handles with owners, and what is asked of them. Private to bridge/.
namespace tidegate::bridge::curl {

struct FreeEasy {
    void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
};
struct FreeMulti {
    void operator()(CURLM* handle) const { ::curl_multi_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using Multi = std::unique_ptr<CURLM, FreeMulti>;
using Headers = std::unique_ptr<curl_slist, FreeList>;

bool started();  // once for the process

// The URL without user, password and query. Errors: invalid, where it is none of http and https.
Result<std::string> public_url(const std::string& text);

Headers headers_of(std::span<const std::string> lines);

// CURLOPT_WRITEFUNCTION into a std::string: ends the transfer (CURLE_WRITE_ERROR) beyond 64 KiB.
std::size_t collect(const char* bytes, std::size_t size, std::size_t count, void* into) noexcept;

HttpAnswer answer_of(CURL* easy, std::string body);  // of a transfer that has ended

}  // namespace tidegate::bridge::curl
