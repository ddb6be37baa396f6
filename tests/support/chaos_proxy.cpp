#include "support/chaos_proxy.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <exception>
#include <future>
#include <set>
#include <string>
#include <thread>

namespace tidegate::tests {

namespace net = boost::asio;
using Tcp = net::ip::tcp;
using Clock = std::chrono::steady_clock;
using boost::system::error_code;

namespace {

constexpr std::size_t most_waiting = 1024UL * 1024;  // bytes a way; beyond it the sender is not read
constexpr std::size_t slices_per_s = 50;             // of a slow connection

// A coroutine of ours that throws is a mistake in here: it ends the test.
void expect_no_exception(const std::exception_ptr& problem)
{
    if (problem) std::rethrow_exception(problem);
}

struct Piece {
    Clock::time_point due;
    std::string bytes;
};

// One direction of a connection: from one socket into a queue, and from there into the other.
struct Way {
    Way(Tcp::socket& in, Tcp::socket& out) : from(in), to(out), changed(in.get_executor())
    {
        changed.expires_at(Clock::time_point::max());
    }
    Tcp::socket& from;
    Tcp::socket& to;
    std::deque<Piece> queue;
    std::size_t waiting = 0;
    bool ended = false;
    net::steady_timer changed;
};

struct Link {
    Link(Tcp::socket accepted, net::io_context& io) : client(std::move(accepted)), server(io) {}
    Tcp::socket client, server;
    Way up{client, server}, down{server, client};
    bool silent = false;
    bool gone = false;
    std::size_t passed_up = 0;

    void reset()
    {
        gone = true;
        for (auto* socket : {&client, &server}) {
            error_code ignored;
            socket->set_option(net::socket_base::linger(true, 0), ignored);  // close() then sends RST
            socket->close(ignored);
        }
        up.changed.cancel();
        down.changed.cancel();
    }
};

}  // namespace

class ChaosProxy::Impl {
public:
    Impl(std::uint16_t server_port, Chaos chaos)
        : server_(net::ip::address_v4::loopback(), server_port),
          chaos_(chaos),
          port_(acceptor_.local_endpoint().port())
    {
        if (chaos_.room > 0)  // connections inherit it
            acceptor_.set_option(net::socket_base::receive_buffer_size(static_cast<int>(chaos_.room)));
        net::co_spawn(io_, accept(), expect_no_exception);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Impl()
    {
        io_.stop();
        thread_.join();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::uint16_t port() const { return port_; }
    void set(Chaos chaos)
    {
        on_thread([&] {
            chaos_ = chaos;
            if (chaos.silent)
                for (auto* link : links_) link->silent = true;
        });
    }
    void cut()
    {
        on_thread([&] {
            for (auto* link : links_) reset(*link);
        });
    }

    std::atomic<int> accepted = 0, open = 0, resets = 0;
    std::atomic<std::uint64_t> passed_up = 0, passed_down = 0, vanished = 0;

private:
    // Returns when it is done.
    template <class Work>
    void on_thread(Work work)
    {
        std::promise<void> done;
        net::post(io_, [&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    net::awaitable<void> accept();
    net::awaitable<void> serve(Tcp::socket client);
    net::awaitable<void> take(Link& link, Way& way);
    net::awaitable<void> give(Link& link, Way& way);
    net::awaitable<bool> write(Link& link, Way& way, const std::string& bytes);
    net::awaitable<void> wait(net::steady_timer& timer);
    bool swallows(Link& link, Way& way);
    void passed(Link& link, Way& way, std::size_t bytes);
    void reset(Link& link)
    {
        if (link.gone) return;
        ++resets;
        link.reset();
    }

    Tcp::endpoint server_;
    Chaos chaos_;
    std::set<Link*> links_;
    net::io_context io_{1};  // after what its frames refer to
    Tcp::acceptor acceptor_{io_, Tcp::endpoint(net::ip::address_v4::loopback(), 0)};
    std::uint16_t port_;
    std::thread thread_;
};

net::awaitable<void> ChaosProxy::Impl::accept()
{
    for (;;) {
        Tcp::socket client(io_);
        error_code failure;
        co_await acceptor_.async_accept(client, net::redirect_error(net::use_awaitable, failure));
        if (failure) co_return;
        ++accepted;
        net::co_spawn(io_, serve(std::move(client)), expect_no_exception);
    }
}

net::awaitable<void> ChaosProxy::Impl::serve(Tcp::socket client)
{
    using namespace net::experimental::awaitable_operators;
    Link link(std::move(client), io_);
    link.silent = chaos_.silent;
    links_.insert(&link);
    ++open;
    error_code failure;
    co_await link.server.async_connect(server_, net::redirect_error(net::use_awaitable, failure));
    if (failure)
        link.reset();
    else
        co_await (take(link, link.up) && give(link, link.up) && take(link, link.down) &&
                  give(link, link.down));
    links_.erase(&link);
    --open;
}

net::awaitable<void> ChaosProxy::Impl::wait(net::steady_timer& timer)
{
    error_code ignored;
    co_await timer.async_wait(net::redirect_error(net::use_awaitable, ignored));
}

net::awaitable<void> ChaosProxy::Impl::take(Link& link, Way& way)
{
    std::array<char, 16384> buffer{};
    while (!link.gone) {
        if (way.waiting >= (chaos_.room > 0 ? chaos_.room : most_waiting)) {
            co_await wait(way.changed);
            continue;
        }
        error_code failure;
        const auto count = co_await way.from.async_read_some(
            net::buffer(buffer), net::redirect_error(net::use_awaitable, failure));
        if (failure) break;
        way.queue.push_back(Piece{Clock::now() + chaos_.delay, std::string(buffer.data(), count)});
        way.waiting += count;
        way.changed.cancel();
    }
    way.ended = true;
    way.changed.cancel();
    if (!link.silent) co_return;
    error_code ignored;
    way.from.close(ignored);  // the other side is not told
}

net::awaitable<void> ChaosProxy::Impl::give(Link& link, Way& way)
{
    net::steady_timer due(io_);
    while (!link.gone) {
        if (way.queue.empty()) {
            if (way.ended) break;
            co_await wait(way.changed);
            continue;
        }
        due.expires_at(way.queue.front().due);
        co_await wait(due);
        if (link.gone || !co_await write(link, way, way.queue.front().bytes)) break;
        way.waiting -= way.queue.front().bytes.size();
        way.queue.pop_front();
        way.changed.cancel();
    }
    error_code ignored;
    if (!link.silent) way.to.shutdown(Tcp::socket::shutdown_send, ignored);
}

// False: there is nobody to write to any more.
net::awaitable<bool> ChaosProxy::Impl::write(Link& link, Way& way, const std::string& bytes)
{
    net::steady_timer next(io_);
    for (std::size_t written = 0; written < bytes.size();) {
        if (swallows(link, way)) {
            vanished += bytes.size() - written;
            co_return !link.gone;
        }
        auto count = bytes.size() - written;
        if (chaos_.bytes_per_s > 0)
            count = std::min(count, std::max<std::size_t>(1, chaos_.bytes_per_s / slices_per_s));
        error_code failure;
        co_await net::async_write(way.to, net::buffer(bytes.data() + written, count),
                                  net::redirect_error(net::use_awaitable, failure));
        if (failure || link.gone) co_return false;
        written += count;
        passed(link, way, count);
        if (chaos_.bytes_per_s == 0) continue;
        next.expires_after(std::chrono::microseconds(1'000'000 * count / chaos_.bytes_per_s));
        co_await wait(next);
    }
    co_return !link.gone;
}

// Whether what would be written now vanishes.
bool ChaosProxy::Impl::swallows(Link& link, Way& way)
{
    if (link.gone || link.silent) return true;
    if (&way != &link.down || chaos_.reset_at_answer_after == 0) return false;
    if (link.passed_up < chaos_.reset_at_answer_after) return false;
    reset(link);
    return true;
}

void ChaosProxy::Impl::passed(Link& link, Way& way, std::size_t bytes)
{
    if (&way == &link.down) {
        passed_down += bytes;
        return;
    }
    passed_up += bytes;
    link.passed_up += bytes;
    if (chaos_.reset_after > 0 && link.passed_up >= chaos_.reset_after) reset(link);
}

ChaosProxy::ChaosProxy(std::uint16_t server_port, Chaos chaos)
    : impl_(std::make_unique<Impl>(server_port, chaos))
{
}
ChaosProxy::~ChaosProxy() = default;

std::uint16_t ChaosProxy::port() const
{
    return impl_->port();
}

void ChaosProxy::set(Chaos chaos)
{
    impl_->set(chaos);
}

void ChaosProxy::cut()
{
    impl_->cut();
}

int ChaosProxy::accepted() const
{
    return impl_->accepted;
}

int ChaosProxy::open() const
{
    return impl_->open;
}

int ChaosProxy::resets() const
{
    return impl_->resets;
}

std::uint64_t ChaosProxy::up() const
{
    return impl_->passed_up;
}

std::uint64_t ChaosProxy::down() const
{
    return impl_->passed_down;
}

std::uint64_t ChaosProxy::vanished() const
{
    return impl_->vanished;
}

}  // namespace tidegate::tests
