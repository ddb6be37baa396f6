#include "gateway/ingest/posted_lines.hpp"

#include "base/utf8.hpp"
#include "gateway/decode/families/line_protocol.hpp"
#include "gateway/decode/scalar.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace tidegate::gateway {

namespace {

using Outcome = web::PostResult::Outcome;

constexpr std::size_t most_bytes = 32UL * 1024;  // of a message, unless one line is longer
constexpr std::size_t shown_bytes = 200;         // of a bad line

// Before the lines, for the reader: so many nanoseconds their times count.
std::string head_of(std::int64_t unit_ns)
{
    return fmt::format("{}\n", unit_ns);
}

// Lines gathered into messages, each within what the pipeline takes as one.
class Gathering {
public:
    Gathering(std::string_view topic, std::string head, const DecodeLimits& limits)
        : topic_(topic),
          head_(std::move(head)),
          limits_(limits)
    {
    }

    void add(std::string_view line, std::size_t fields)
    {
        const auto bytes = std::min(most_bytes, limits_.payload);
        const bool full = fields_ + fields > limits_.fields || payload_.size() + line.size() >= bytes;
        if (full) close();
        if (payload_.empty()) payload_ = head_;
        payload_.append(line).push_back('\n');
        fields_ += fields;
    }

    void close()
    {
        if (payload_.empty()) return;
        messages.push_back({topic_, std::move(payload_), bridge::Form::lines});
        payload_.clear();
        fields_ = 0;
    }

    std::vector<PostedMessage> messages;

private:
    std::string topic_, head_, payload_;
    const DecodeLimits& limits_;
    std::size_t fields_ = 0;
};

}  // namespace

UnpackedPost unpack_lines(std::string_view topic,
                          std::string_view text,
                          std::int64_t unit_ns,
                          const DecodeLimits& limits)
{
    UnpackedPost post;
    const auto head = head_of(unit_ns);
    Gathering good(topic, head, limits);
    std::string first_bad;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto line = trimmed(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
        if (line.empty() || line.front() == '#') continue;
        const auto decoded = read_line_protocol(line, limits, unit_ns);
        // One that holds a NaN alone is understood: the pipeline counts it.
        const bool fits = line.size() + head.size() < limits.payload;
        if (fits && (!decoded.rejected || *decoded.rejected == store::Reject::no_reading)) {
            good.add(line, decoded.fields.size());
            post.result.taken += decoded.fields.size();
        } else if (post.result.dropped++ == 0) {
            first_bad = line.substr(0, shown_bytes);
            post.result.why = fmt::format("line {} is no line protocol: {}", number, shown(first_bad));
        }
    }
    good.close();
    post.messages = std::move(good.messages);
    if (post.result.dropped == 0) return post;
    post.messages.push_back({std::string(topic), head + "=" + first_bad, bridge::Form::lines});
    post.result.outcome = Outcome::partly;
    post.result.why = fmt::format("partial write: {} dropped={}", post.result.why, post.result.dropped);
    return post;
}

Decoded read_posted_lines(std::string_view payload, const DecodeLimits& limits)
{
    std::int64_t unit_ns = 0;
    const auto [end, failed] = std::from_chars(payload.data(), payload.data() + payload.size(), unit_ns);
    const auto at = static_cast<std::size_t>(end - payload.data());
    if (failed != std::errc() || unit_ns <= 0 || at >= payload.size() || payload[at] != '\n')
        return rejected(store::Reject::malformed, "posted lines without a unit of time");
    auto wider = limits;  // it was judged when it was posted, perhaps by other ones
    wider.fields = std::numeric_limits<std::size_t>::max();
    return read_line_protocol(payload.substr(at + 1), wider, unit_ns);
}

}  // namespace tidegate::gateway
