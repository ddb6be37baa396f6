#pragma once

#include "web/server/request.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace tidegate::web {

// One thread beside the web thread, for answers that take long: what reads files or grows with the number of
// series ("tg-history"), what hashes passwords ("tg-login").
class QueryPool {
public:
    using Work = std::function<Reply(std::stop_token)>;

    // `name`: of the thread. `busy`: what is said where too many are waiting.
    QueryPool(std::string name, std::string busy);
    ~QueryPool();  // joins; nothing may be waiting in run() any more but frames that are being destroyed
    QueryPool(const QueryPool&) = delete;
    QueryPool& operator=(const QueryPool&) = delete;

    void set_most_waiting(std::size_t most) { most_waiting_ = most; }  // beyond it more are refused
    std::uint64_t turned_away() const { return turned_away_; }

    // Runs `work` there and comes back here with its answer. Asks it to stop as soon as the client has left.
    // `work` may refer to the caller's locals: run() does not return, nor is its frame destroyed, before
    // `work` has ended.
    boost::asio::awaitable<Reply> run(boost::asio::ip::tcp::socket& client, Work work);

    // The same for who was let in before: never refused because too many are waiting.
    boost::asio::awaitable<Reply> go_on(boost::asio::ip::tcp::socket& client, Work work);

private:
    boost::asio::thread_pool pool_{1};
    const std::string busy_;
    std::size_t most_waiting_ = 8;
    std::size_t waiting_ = 0;
    std::uint64_t turned_away_ = 0;
};

}  // namespace tidegate::web
