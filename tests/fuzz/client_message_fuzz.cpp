// Hostile text from a live client: what is understood is within its bounds, and what is refused is said in a
// reason that fits a close frame.
#include "base/topic_filter.hpp"
#include "base/utf8.hpp"
#include "web/server/live_protocol.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace tidegate;

namespace {

void must(bool holds)
{
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto message = web::parse_client_message({reinterpret_cast<const char*>(data), size});
    if (!message) {
        constexpr std::size_t longest_reason = 123;
        must(!message.error().what.empty() && message.error().what.size() <= longest_reason);
        return 0;
    }
    must(size <= web::largest_live_message);
    if (message->rate) must(std::ranges::find(web::live_rates, *message->rate) != web::live_rates.end());
    if (!message->wish) return 0;
    const auto& wish = *message->wish;
    must(wish.match.size() <= 64 && wish.ids.size() <= 256);
    must(!wish.all || (wish.match.empty() && wish.ids.empty()));
    for (const auto& filter : wish.match) must(valid_filter(filter));
    must(std::ranges::find(wish.ids, store::SeriesId{0}) == wish.ids.end());
    must(wish.key() == web::Subscription(wish).key());
    return 0;
}
