#include "bridge/http_post.hpp"

#include "bridge/curl.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <fmt/core.h>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr long slowest = 100;                               // bytes a second,
constexpr long slow_for = 15;                               // for so many seconds
constexpr long keep_alive_after = 30;                       // s
constexpr auto look_again = std::chrono::milliseconds(50);  // how often a wait looks whether to stop

// A request, under way or not, and the handle that is kept for the next one with its number.
struct Transfer {
    curl::Easy easy{::curl_easy_init()};
    curl::Headers headers{};
    std::string body{}, received{};
    std::array<char, CURL_ERROR_SIZE> what{};
    bool prepared = false, under_way = false;
};

}  // namespace

class HttpPost::Impl {
public:
    Impl(HttpPostOptions options, std::string public_url)
        : options_(std::move(options)),
          url_(std::move(public_url))
    {
    }
    ~Impl() { abandon(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<> prepare(Transfer& transfer);
    void begin(std::size_t number, HttpRequest request);
    std::optional<Ended> ended(std::chrono::milliseconds most);
    void abandon();
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t reopened() const { return reopened_; }
    const std::string& url() const { return url_; }

private:
    std::optional<Ended> next_ended();
    Result<HttpAnswer> finish(Transfer& transfer, CURLcode code);
    void take_back(Transfer& transfer);
    bool idle() const;
    Error unavailable(std::string_view why) const
    {
        return Error{ErrorKind::unavailable, fmt::format("{}: {}", url_, why)};
    }

    std::uint64_t bytes_ = 0, reopened_ = 0;
    HttpPostOptions options_;
    std::string url_;
    bool stale_ = false;  // a request had no answer: its connection may take the next one's, too
    curl::Multi multi_;
    std::vector<std::unique_ptr<Transfer>> transfers_;
    std::deque<Ended> not_begun_;
};

Result<> HttpPost::Impl::prepare(Transfer& transfer)
{
    if (!transfer.easy) return Error{ErrorKind::internal, "libcurl does not start"};
    CURLcode refused = CURLE_OK;  // an option that this libcurl does not have
    const auto set = [&](CURLoption option, auto value) {
        if (const auto code = ::curl_easy_setopt(transfer.easy.get(), option, value);
            code != CURLE_OK && refused == CURLE_OK)
            refused = code;
    };
    set(CURLOPT_URL, options_.url.c_str());
    set(CURLOPT_CUSTOMREQUEST, options_.method.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, options_.proxy.c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_PIPEWAIT, 1L);  // one connection, where the server takes several requests over it
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
    set(CURLOPT_ERRORBUFFER, transfer.what.data());
    set(CURLOPT_WRITEFUNCTION, &curl::collect);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer.received));
    set(CURLOPT_POST, 1L);
    transfer.prepared = refused == CURLE_OK;
    if (transfer.prepared) return {};
    return Error{ErrorKind::internal, fmt::format("libcurl: {}", ::curl_easy_strerror(refused))};
}

void HttpPost::Impl::begin(std::size_t number, HttpRequest request)
{
    if (!multi_ || (stale_ && idle())) {
        multi_.reset(::curl_multi_init());  // with the old one go its connections
        stale_ = false;
    }
    while (transfers_.size() <= number) transfers_.push_back(std::make_unique<Transfer>());
    auto& transfer = *transfers_[number];
    transfer.headers = curl::headers_of(request.headers);
    transfer.body = std::move(request.body);
    transfer.received.clear();
    transfer.what[0] = '\0';
    if (!transfer.prepared)
        if (auto prepared = prepare(transfer); !prepared) {
            not_begun_.push_back({number, prepared.error()});
            return;
        }
    auto* easy = transfer.easy.get();
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.body.data());
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.body.size()));
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
    if (::curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) {
        not_begun_.push_back({number, unavailable("libcurl does not start a request")});
        return;
    }
    transfer.under_way = true;
}

std::optional<HttpPost::Ended> HttpPost::Impl::ended(std::chrono::milliseconds most)
{
    if (!not_begun_.empty()) {
        auto one = std::move(not_begun_.front());
        not_begun_.pop_front();
        return one;
    }
    if (!multi_) return std::nullopt;
    int running = 0;
    ::curl_multi_perform(multi_.get(), &running);
    if (auto one = next_ended()) return one;
    if (most.count() == 0 || running == 0) return std::nullopt;
    ::curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(most.count()), nullptr);
    ::curl_multi_perform(multi_.get(), &running);
    return next_ended();
}

std::optional<HttpPost::Ended> HttpPost::Impl::next_ended()
{
    int left = 0;
    while (const auto* message = ::curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto found = std::ranges::find_if(
            transfers_, [&](const auto& one) { return one->easy.get() == message->easy_handle; });
        if (found == transfers_.end()) continue;
        const auto code = message->data.result;  // `message` goes with the handle
        return Ended{static_cast<std::size_t>(found - transfers_.begin()), finish(**found, code)};
    }
    return std::nullopt;
}

Result<HttpAnswer> HttpPost::Impl::finish(Transfer& transfer, CURLcode code)
{
    auto* easy = transfer.easy.get();
    curl_off_t uploaded = 0;
    long head = 0;
    ::curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    ::curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &head);
    bytes_ += static_cast<std::uint64_t>(std::max<curl_off_t>(0, uploaded)) +
              static_cast<std::uint64_t>(std::max(0L, head));
    double connected = 0;  // it was, or one was there already
    ::curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME, &connected);
    if (code == CURLE_OPERATION_TIMEDOUT && connected > 0) ++reopened_;
    if (code == CURLE_OK) {
        auto answer = curl::answer_of(easy, std::move(transfer.received));
        take_back(transfer);
        return answer;
    }
    stale_ = true;
    take_back(transfer);
    if (code == CURLE_WRITE_ERROR) return unavailable("its answer is longer than any answer should be");
    return unavailable(transfer.what[0] != '\0' ? transfer.what.data() : ::curl_easy_strerror(code));
}

// Nothing of a request may be left in the handle when it has ended.
void HttpPost::Impl::take_back(Transfer& transfer)
{
    auto* easy = transfer.easy.get();
    ::curl_multi_remove_handle(multi_.get(), easy);
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    transfer.under_way = false;
}

void HttpPost::Impl::abandon()
{
    not_begun_.clear();
    for (auto& transfer : transfers_) {
        if (!transfer->under_way) continue;
        take_back(*transfer);
        stale_ = true;
    }
}

bool HttpPost::Impl::idle() const
{
    return std::ranges::none_of(transfers_, [](const auto& one) { return one->under_way; });
}

Result<HttpPost> HttpPost::make(HttpPostOptions options)
{
    if (!curl::started()) return Error{ErrorKind::internal, "libcurl does not start"};
    auto url = curl::public_url(options.url);
    if (!url) return url.error();
    auto impl = std::make_unique<Impl>(std::move(options), std::move(*url));
    Transfer trial;
    if (auto prepared = impl->prepare(trial); !prepared) return prepared.error();
    return HttpPost(std::move(impl));
}

HttpPost::HttpPost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpPost::HttpPost(HttpPost&& other) noexcept = default;
HttpPost::~HttpPost() = default;

Result<HttpAnswer> HttpPost::post(HttpRequest request, const std::stop_token& stop)
{
    impl_->begin(0, std::move(request));
    while (!stop.stop_requested())
        if (auto one = impl_->ended(look_again)) return std::move(one->answer);
    impl_->abandon();
    return Error{ErrorKind::unavailable, fmt::format("{}: stopped while delivering", url())};
}

void HttpPost::begin(std::size_t number, HttpRequest request)
{
    impl_->begin(number, std::move(request));
}

std::optional<HttpPost::Ended> HttpPost::ended(std::chrono::milliseconds most)
{
    return impl_->ended(most);
}

void HttpPost::abandon()
{
    impl_->abandon();
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
