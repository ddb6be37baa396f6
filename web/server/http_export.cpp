#include "web/server/http_export.hpp"

#include "web/server/counted.hpp"
#include "web/server/export.hpp"

#include <memory>

namespace tidegate::web {
namespace net = boost::asio;

namespace {

// False: it ended before its end, and the connection must end, too, so that the client knows.
net::awaitable<bool> write_pieces(HttpConnection& http, Core& core, const Request& request, Export& pieces)
{
    std::string why;  // it cannot go on; empty: the client has left
    const auto make = [&pieces, &why](std::stop_token stop) {
        auto piece = pieces.next(stop);
        if (piece) return Reply{200, {}, std::move(*piece), {}};
        if (!stop.stop_requested()) why = piece.error().what;
        return problem(piece.error());
    };
    while (!pieces.ended()) {
        QueryPool::Work work(make);
        http.rests();
        const Reply piece = co_await core.pool.go_on(http.socket(), std::move(work));
        if (piece.status != 200) {
            if (!why.empty()) log::warning("export-ended-early why=\"{}\"", log::quoted(why));
            co_return false;
        }
        if (core.stopping || !core.gate.holds(request.identity)) co_return false;
        if (piece.body.empty()) continue;  // nothing found yet; an empty chunk would be the last one
        if (!co_await http.write_piece(piece.body)) co_return false;
    }
    for (const auto& line : pieces.archive().damage()) log::warning("export: {}", line);
    co_return co_await http.end_pieces();
}

}  // namespace

net::awaitable<bool> serve_export(HttpConnection& http, Core& core, const Request& request, bool keep_alive)
{
    keep_alive = keep_alive && http.knows_pieces();
    if (core.exports >= core.limits.exports) {
        core.counts.count(Turned::exports);
        Reply busy = problem(503, "Other exports are under way. Ask again when one has ended.");
        busy.headers.emplace_back("Retry-After", "10");
        co_return co_await http.write(std::move(busy), keep_alive);
    }
    const Counted counted(core.exports);
    std::unique_ptr<Export> pieces;
    const auto open = [&core, &request, &pieces](const std::stop_token&) {
        return open_export(core.api, request, pieces);
    };
    QueryPool::Work opening(open);
    Reply reply = co_await core.pool.run(http.socket(), std::move(opening));
    if (!pieces) co_return co_await http.write(std::move(reply), keep_alive);
    if (!co_await http.write_head(reply, keep_alive)) co_return false;
    if (http.head_only()) co_return keep_alive;
    const bool whole = co_await write_pieces(http, core, request, *pieces);
    co_return whole&& keep_alive;
}

}  // namespace tidegate::web
