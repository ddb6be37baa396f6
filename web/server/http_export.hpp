#pragma once

#include "web/server/http_connection.hpp"

namespace tidegate::web {

// Answers with an archive, which is as long as history is. Between two pieces a client that takes its time
// holds no more than one day of one series and one piece, and no thread. False: the connection is to end.
boost::asio::awaitable<bool> serve_export(HttpConnection& http,
                                          Core& core,
                                          const Request& request,
                                          bool keep_alive);

}  // namespace tidegate::web
