#pragma once

#include "support/certificate.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tidegate::tests {

struct HttpRequest {
    std::string line;
    std::string headers;  // names and values in lower case, each line ended by "\r\n"
    std::string body;

    // The value of a header, in lower case; empty when it is not there.
    std::string header(const std::string& name) const
    {
        const auto at = headers.find("\r\n" + name + ": ");
        if (at == std::string::npos) return {};
        const auto begin = at + name.size() + 4;
        return headers.substr(begin, headers.find("\r\n", begin) - begin);
    }
};

struct HttpReply {
    std::string bytes;  // all of them, status line and headers included
    enum class Then { keep, close, reset, go_on_for_ever } then = Then::keep;

    static HttpReply of(const std::string& status,
                        const std::string& headers = "",
                        const std::string& body = "")
    {
        return {"HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                headers + "\r\n" + body};
    }
};

// An HTTP server on a free loopback port that answers as the test says, with or without TLS. A thread a
// connection; the behaviour is asked for one answer at a time.
class HttpServer {
public:
    using Behaviour = std::function<HttpReply(const HttpRequest&)>;

    explicit HttpServer(Behaviour behaviour, const Certificate* certificate = nullptr)
        : behaviour_(std::move(behaviour)),
          tls_(certificate != nullptr)
    {
        if (certificate != nullptr) {
            context_.use_certificate_chain_file(certificate->file().string());
            context_.use_private_key_file(certificate->key().string(), boost::asio::ssl::context::pem);
        }
        thread_ = std::thread([this] { serve(); });
    }
    ~HttpServer()
    {
        stopping_ = true;
        boost::system::error_code ignored;
        Tcp::socket(io_).connect(acceptor_.local_endpoint(), ignored);  // ends accept()
        thread_.join();
        {
            const std::lock_guard lock(mutex_);
            for (auto* socket : open_) socket->shutdown(Tcp::socket::shutdown_both, ignored);
        }
        for (auto& one : connections_open_) one.join();
    }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::string url() const
    {
        return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") +
               std::to_string(acceptor_.local_endpoint().port()) + "/up";
    }
    std::vector<HttpRequest> requests() const
    {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    int connections() const { return connections_; }
    void keep_requests(bool keep) { keep_ = keep; }  // false: requests() stays as it is

private:
    using Tcp = boost::asio::ip::tcp;

    void serve()
    {
        while (!stopping_) {
            Tcp::socket socket(io_);
            boost::system::error_code failure;
            acceptor_.accept(socket, failure);
            if (failure || stopping_) continue;
            ++connections_;
            connections_open_.emplace_back([this, socket = std::move(socket)]() mutable { serve(socket); });
        }
    }
    void serve(Tcp::socket& socket)
    {
        {
            const std::lock_guard lock(mutex_);
            open_.insert(&socket);
        }
        boost::system::error_code failure;
        if (stopping_) {
            socket.shutdown(Tcp::socket::shutdown_both, failure);
        } else if (tls_) {
            boost::asio::ssl::stream<Tcp::socket&> encrypted(socket, context_);
            encrypted.handshake(boost::asio::ssl::stream_base::server, failure);
            while (!failure && answer(encrypted, socket)) {
            }
        } else {
            while (answer(socket, socket)) {
            }
        }
        const std::lock_guard lock(mutex_);
        open_.erase(&socket);
        socket.close(failure);
    }
    HttpReply reply_to(const HttpRequest& request)
    {
        const std::lock_guard lock(behaviour_mutex_);
        return behaviour_(request);
    }

    // One request; false: the connection is over.
    template <class Stream>
    bool answer(Stream& stream, Tcp::socket& socket)
    {
        boost::system::error_code failure;
        std::string read;
        const auto head =
            boost::asio::read_until(stream, boost::asio::dynamic_buffer(read), "\r\n\r\n", failure);
        if (failure) return false;
        HttpRequest request;
        request.line = read.substr(0, read.find("\r\n"));
        request.headers = read.substr(request.line.size(), head - request.line.size());
        std::ranges::transform(request.headers, request.headers.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        request.body = read.substr(head);
        const auto length = std::stoul("0" + request.header("content-length"));
        const auto missing = length - std::min(length, request.body.size());
        boost::asio::read(stream, boost::asio::dynamic_buffer(request.body),
                          boost::asio::transfer_exactly(missing), failure);
        if (failure) return false;
        {
            const std::lock_guard lock(mutex_);
            if (keep_) requests_.push_back(request);
        }
        const auto reply = reply_to(request);
        boost::asio::write(stream, boost::asio::buffer(reply.bytes), failure);
        if (reply.then == HttpReply::Then::reset) socket.set_option(Tcp::socket::linger(true, 0), failure);
        while (reply.then == HttpReply::Then::go_on_for_ever && !failure && !stopping_)
            boost::asio::write(stream, boost::asio::buffer(std::string(1000, 'x')), failure);
        return reply.then == HttpReply::Then::keep && !failure;
    }

    Behaviour behaviour_;
    bool tls_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    std::atomic<bool> keep_ = true;
    mutable std::mutex mutex_;
    std::vector<HttpRequest> requests_;
    std::set<Tcp::socket*> open_;
    std::mutex behaviour_mutex_;
    std::vector<std::thread> connections_open_;  // of thread_, until it has ended
    boost::asio::ssl::context context_{boost::asio::ssl::context::tls_server};
    boost::asio::io_context io_;
    Tcp::acceptor acceptor_{io_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
    std::thread thread_;
};

}  // namespace tidegate::tests
