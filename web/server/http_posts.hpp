#pragma once

#include "web/server/http_connection.hpp"

namespace tidegate::web {

// Reads the body of a post of readings and answers when what is in it was committed, or why it was not.
boost::asio::awaitable<bool> serve_post(HttpConnection& http,
                                        Core& core,
                                        HttpParser& parser,
                                        Request& request);

}  // namespace tidegate::web
