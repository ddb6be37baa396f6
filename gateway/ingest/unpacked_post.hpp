#pragma once

#include "bridge/intake_ring.hpp"
#include "web/server/post.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tidegate::gateway {

// A message that a post is cut into.
struct PostedMessage {
    std::string topic, payload;
    bridge::Form form = bridge::Form::plain;
};

// A post, looked through before any of it is taken in.
struct UnpackedPost {
    std::vector<PostedMessage> messages{};
    web::PostResult result{};  // what it will be once the messages are committed; invalid: there are none
};

inline UnpackedPost invalid_post(std::string why)
{
    UnpackedPost post;
    post.result.outcome = web::PostResult::Outcome::invalid;
    post.result.why = std::move(why);
    return post;
}

}  // namespace tidegate::gateway
