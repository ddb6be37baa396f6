#pragma once

#include "web/server/facts.hpp"
#include "web/server/post.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>

namespace tidegate::web {

// Hands a post over and waits until it is known what became of it. None: the client has left before; the
// post goes on without it.
boost::asio::awaitable<std::optional<PostResult>> await_post(const Facts& facts,
                                                             boost::asio::ip::tcp::socket& client,
                                                             Post post);

}  // namespace tidegate::web
