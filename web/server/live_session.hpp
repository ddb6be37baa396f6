#pragma once

#include "web/server/core.hpp"
#include "web/server/stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace tidegate::web {

// Takes over a connection whose request asked for the live protocol, until either side closes.
boost::asio::awaitable<void> serve_live(Stream stream,
                                        boost::beast::http::request<boost::beast::http::string_body> request,
                                        Identity identity,
                                        Core& core);

}  // namespace tidegate::web
