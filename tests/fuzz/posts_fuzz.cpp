// Hostile bodies of posts. What is looked through before the ring and what is read behind it must agree: a
// post that was taken loses no value on the way, and nothing of it is larger than a message may be.
#include "gateway/ingest/posted_lines.hpp"
#include "gateway/ingest/posted_readings.hpp"

#include <array>
#include <cstdlib>
#include <string_view>

namespace {

using namespace tidegate::gateway;
using Outcome = tidegate::web::PostResult::Outcome;

constexpr std::array<std::int64_t, 6> units{
    1, 1000, 1'000'000, 1'000'000'000, 60'000'000'000, 3'600'000'000'000};

void check_lines(std::string_view text, std::int64_t unit_ns, const DecodeLimits& limits)
{
    const auto post = unpack_lines("influx/x", text, unit_ns, limits);
    std::size_t read = 0;
    std::size_t bad = 0;
    for (const auto& message : post.messages) {
        if (message.form != tidegate::bridge::Form::lines) std::abort();
        const auto decoded = read_posted_lines(message.payload, limits);
        if (decoded.rejected && *decoded.rejected != tidegate::store::Reject::no_reading) ++bad;
        read += decoded.fields.size();
    }
    if (read != post.result.taken) std::abort();
    if (bad != (post.result.dropped > 0 ? 1U : 0U)) std::abort();
    if ((post.result.outcome == Outcome::partly) != (post.result.dropped > 0)) std::abort();
}

void check_readings(std::string_view text, const DecodeLimits& limits)
{
    const auto post = unpack_readings(text, limits);
    if (post.result.outcome == Outcome::invalid) {
        if (!post.messages.empty() || post.result.why.empty()) std::abort();
        return;
    }
    std::size_t read = 0;
    for (const auto& message : post.messages) {
        if (message.topic.empty() || message.payload.size() > limits.payload) std::abort();
        if (message.form == tidegate::bridge::Form::plain) {
            ++read;
            continue;
        }
        const auto decoded = read_posted_readings(message.payload, limits);
        read += decoded.fields.size() + decoded.absent;
    }
    if (read != post.result.taken) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    DecodeLimits limits;
    limits.fields = 20;
    limits.payload = 500;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    if (data[0] % 2 == 0)
        check_lines(text, units[data[0] / 2 % units.size()], limits);
    else
        check_readings(text, limits);
    return 0;
}
