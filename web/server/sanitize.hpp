#pragma once

#include "web/server/limits.hpp"
#include "web/server/request.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// What Beast's parser lets through and we do not: ambiguous framing, which lets two readers of one connection
// disagree about where a request ends, and targets that mean something else once decoded. One place, over the
// raw bytes, so that nothing is judged after somebody else has tidied it up.
namespace tidegate::web {

inline constexpr std::size_t longest_chunk_extension = 128;

// What the body of a request to this path may be.
struct BodyRule {
    std::size_t most = 0;  // bytes
    bool gzip = false;
};
BodyRule body_rule(std::string_view path, const HeadLimits& limits);

// Why a request is refused; the connection is closed after the answer.
struct Refusal {
    unsigned status = 400;
    std::string_view detail;
};

inline constexpr Refusal body_too_large{413,
                                        "The body is larger than this gateway takes; send less at a time."};

struct HeadScan {
    std::size_t length = 0;  // of the complete head with its empty line; 0: more is needed
    std::optional<Refusal> refusal;
};

// Looks for the end of the head in what came so far. `seen`: how much of it an earlier call has looked at.
// Refuses at the first byte that no head may hold, so that a TLS hello or a bare line feed does not wait for
// the deadline.
HeadScan scan_head(std::string_view received, std::size_t seen, const HeadLimits& limits = {});

// Judges a complete head as scan_head() found it.
std::optional<Refusal> check_head(std::string_view head, const HeadLimits& limits = {});

// Splits and decodes an origin-form target that check_head() let through. A name given twice: an error text.
std::optional<Refusal> decode_target(std::string_view target, std::string& path, Query& query);

}  // namespace tidegate::web
