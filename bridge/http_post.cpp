#include "bridge/http_post.hpp"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <fmt/core.h>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr std::size_t most_answer = 64UL * 1024;
constexpr long slowest = 100;          // bytes a second,
constexpr long slow_for = 15;          // for so many seconds
constexpr long keep_alive_after = 30;  // s

struct FreeEasy {
    void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
struct FreeUrl {
    void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};
using Headers = std::unique_ptr<curl_slist, FreeList>;

bool started()
{
    static const bool once = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return once;
}

// The URL without user and password. Errors: invalid.
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

std::size_t collect(const char* bytes, std::size_t size, std::size_t count, void* into) noexcept
{
    auto& body = *static_cast<std::string*>(into);
    if (body.size() + size * count > most_answer) return 0;  // an error to curl: it ends the transfer
    body.append(bytes, size * count);
    return size * count;
}

int stop_asked(void* token, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept
{
    return static_cast<const std::stop_token*>(token)->stop_requested() ? 1 : 0;
}

}  // namespace

class HttpPost::Impl {
public:
    Impl(HttpPostOptions options, std::string public_url)
        : options_(std::move(options)),
          url_(std::move(public_url)),
          easy_(::curl_easy_init())
    {
    }

    Result<> prepare();
    Result<HttpAnswer> post(const std::string& body,
                            std::span<const std::string> lines,
                            const std::stop_token& stop);
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t reopened() const { return reopened_; }
    const std::string& url() const { return url_; }

private:
    template <class Value>
    void set(CURLoption option, Value value)
    {
        if (const auto code = ::curl_easy_setopt(easy_.get(), option, value);
            code != CURLE_OK && refused_ == CURLE_OK)
            refused_ = code;
    }
    void count_sent(CURLcode code);
    HttpAnswer answer(std::string body) const;

    std::uint64_t bytes_ = 0, reopened_ = 0;
    HttpPostOptions options_;
    std::string url_;
    CURLcode refused_ = CURLE_OK;  // an option that this libcurl does not have
    std::array<char, CURL_ERROR_SIZE> what_{};
    std::unique_ptr<CURL, FreeEasy> easy_;
};

Result<> HttpPost::Impl::prepare()
{
    if (!easy_) return Error{ErrorKind::internal, "libcurl does not start"};
    set(CURLOPT_URL, options_.url.c_str());
    set(CURLOPT_CUSTOMREQUEST, options_.method.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, options_.proxy.c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_USERAGENT, "tidegate");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_TCP_KEEPIDLE, keep_alive_after);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connected_within.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.answered_within.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, slowest);
    set(CURLOPT_LOW_SPEED_TIME, slow_for);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options_.user.empty()) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERNAME, options_.user.c_str());
        set(CURLOPT_PASSWORD, options_.password.c_str());
    }
    if (!options_.ca_file.empty()) {
        set(CURLOPT_CAINFO, options_.ca_file.c_str());
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    if (!options_.certificate_file.empty()) set(CURLOPT_SSLCERT, options_.certificate_file.c_str());
    if (!options_.key_file.empty()) set(CURLOPT_SSLKEY, options_.key_file.c_str());
    set(CURLOPT_ERRORBUFFER, what_.data());
    set(CURLOPT_WRITEFUNCTION, &collect);
    set(CURLOPT_XFERINFOFUNCTION, &stop_asked);
    set(CURLOPT_NOPROGRESS, 0L);
    if (refused_ == CURLE_OK) return {};
    return Error{ErrorKind::internal, fmt::format("libcurl: {}", ::curl_easy_strerror(refused_))};
}

Headers list_of(std::span<const std::string> lines)
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

Result<HttpAnswer> HttpPost::Impl::post(const std::string& body,
                                        std::span<const std::string> lines,
                                        const std::stop_token& stop)
{
    const auto headers = list_of(lines);
    std::string received;
    what_[0] = '\0';
    set(CURLOPT_POSTFIELDS, body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_WRITEDATA, static_cast<void*>(&received));
    set(CURLOPT_XFERINFODATA, const_cast<std::stop_token*>(&stop));

    const auto code = ::curl_easy_perform(easy_.get());
    count_sent(code);
    // Nothing of this call may be left in the handle when it ends.
    set(CURLOPT_POSTFIELDS, "");
    set(CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
    set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    if (code == CURLE_OK) return answer(std::move(received));

    const auto unavailable = [this](std::string_view why) {
        return Error{ErrorKind::unavailable, fmt::format("{}: {}", url_, why)};
    };
    if (code == CURLE_ABORTED_BY_CALLBACK) return unavailable("stopped while delivering");
    if (code == CURLE_WRITE_ERROR) return unavailable("its answer is longer than any answer should be");
    return unavailable(what_[0] != '\0' ? what_.data() : ::curl_easy_strerror(code));
}

void HttpPost::Impl::count_sent(CURLcode code)
{
    curl_off_t uploaded = 0;
    long head = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
    ::curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &head);
    bytes_ = static_cast<std::uint64_t>(std::max<curl_off_t>(0, uploaded)) +
             static_cast<std::uint64_t>(std::max(0L, head));
    double connected = 0;  // it was, or one was there already
    ::curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME, &connected);
    if (code == CURLE_OPERATION_TIMEDOUT && connected > 0) ++reopened_;
}

HttpAnswer HttpPost::Impl::answer(std::string body) const
{
    HttpAnswer answer{.body = std::move(body)};
    const char* type = nullptr;
    const char* location = nullptr;
    curl_off_t wait = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    ::curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &type);
    ::curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &location);
    ::curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &wait);
    if (type != nullptr) answer.content_type = type;
    if (location != nullptr) answer.location = location;
    answer.retry_after = std::chrono::seconds(wait);
    return answer;
}

Result<HttpPost> HttpPost::make(HttpPostOptions options)
{
    if (!started()) return Error{ErrorKind::internal, "libcurl does not start"};
    auto url = public_url(options.url);
    if (!url) return url.error();
    auto impl = std::make_unique<Impl>(std::move(options), std::move(*url));
    if (auto prepared = impl->prepare(); !prepared) return prepared.error();
    return HttpPost(std::move(impl));
}

HttpPost::HttpPost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpPost::HttpPost(HttpPost&& other) noexcept = default;
HttpPost::~HttpPost() = default;

Result<HttpAnswer> HttpPost::post(const std::string& body,
                                  std::span<const std::string> headers,
                                  const std::stop_token& stop)
{
    return impl_->post(body, headers, stop);
}

std::uint64_t HttpPost::bytes() const
{
    return impl_->bytes();
}

std::uint64_t HttpPost::reopened() const
{
    return impl_->reopened();
}

const std::string& HttpPost::url() const
{
    return impl_->url();
}

bool fits_header(std::string_view secret)
{
    return std::ranges::all_of(secret, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace tidegate::bridge
