#pragma once

#include "base/log.hpp"
#include "web/server/access.hpp"
#include "web/server/api.hpp"
#include "web/server/connection_count.hpp"
#include "web/server/gate.hpp"
#include "web/server/limits.hpp"
#include "web/server/live_hub.hpp"
#include "web/server/query_pool.hpp"
#include "web/server/registry.hpp"
#include "web/server/token_buckets.hpp"
#include "web/tls/keeper.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <string_view>

namespace tidegate::web {

// What the acceptor, the ticker and the sessions stand on. Owned by the Server, outlives them all.
struct Core {
    boost::asio::io_context& io;
    Api api;
    LiveHub& hub;
    QueryPool& pool;
    QueryPool& login;  // one hashing slot
    ConnectionCount& connections;
    Registry& registry;
    Gate& gate;
    Limits limits{};
    Names names{};                              // under which it is asked
    CertificateKeeper* certificates = nullptr;  // none: plain HTTP
    std::chrono::seconds hsts{0};               // 0: not said
    TokenBuckets by_address{0, 0}, by_identity{0, 0};
    WebCounts counts{};
    Reach reach = Reach::loopback;
    std::size_t turned_away = 0;    // connections that are told so, at this moment
    std::size_t exports = 0;        // under way
    std::size_t post_bytes = 0;     // that bodies of posts may have, which are being read or looked through
    std::size_t deflate_bytes = 0;  // that compressors of live clients may take, of those that may
    std::size_t deflate_bytes_most = 0;
    bool stopping = false;
};

// The handler at the end of every coroutine: whatever left it by exception is said here, once.
struct LogEnd {
    std::string_view what;

    void operator()(const std::exception_ptr& failure) const
    {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            log::error("web-coroutine-failed what={} why=\"{}\"", what, log::quoted(error.what()));
        }
    }
};

}  // namespace tidegate::web
