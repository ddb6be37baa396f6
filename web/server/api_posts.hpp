#pragma once

#include "web/server/post.hpp"
#include "web/server/request.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

// POST /api/v1/readings, /write and /api/v2/write: what is asked, and how it is answered. Pure.
namespace tidegate::web {

inline constexpr std::string_view readings_path = "/api/v1/readings";
inline constexpr std::string_view influx1_path = "/write";
inline constexpr std::string_view influx2_path = "/api/v2/write";

inline bool is_post_path(std::string_view path)
{
    return path == readings_path || path == influx1_path || path == influx2_path;
}

// Makes a post of a request; or says why not, in the words of the path's protocol.
std::optional<Reply> read_post(Request& request, Post& post);

Reply post_reply(std::string_view path, const PostResult& result);

// Which of InfluxDB's two paths the head of a request asks for, good or bad; empty: neither.
std::string_view influx_path_of(std::string_view head);

// A problem that another than these found, as those who write there expect it; any other reply as it is.
Reply in_influx_words(std::string_view path, Reply reply);

}  // namespace tidegate::web
