#include "gateway/decode/collector.hpp"

#include "gateway/decode/scalar.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace tidegate::gateway {

namespace {

constexpr std::size_t most_times = 16;

}  // namespace

void append_step(std::string& pointer, std::string_view step)
{
    pointer += '/';
    for (const char c : step) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
}

Decoded rejected(store::Reject reason, std::string why)
{
    Decoded decoded;
    decoded.rejected = reason;
    decoded.why = std::move(why);
    return decoded;
}

bool Collector::number_unsigned(number_unsigned_t value)
{
    constexpr auto most = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    if (value > most) return take(static_cast<double>(value));
    return take(static_cast<std::int64_t>(value));
}

bool Collector::number_float(number_float_t value, const string_t&)
{
    return std::isfinite(value) ? take(value) : skip();
}

bool Collector::string(string_t& value)
{
    if (!is_utf8(value)) {
        reject(store::Reject::not_utf8, fmt::format("the text at {} is not UTF-8", path_));
        return false;
    }
    if (is_date_time(value)) {
        step_in();
        if (result.times.size() < most_times) result.times.emplace_back(path_, std::move(value));
        return true;
    }
    return take(std::move(value));
}

bool Collector::binary(binary_t&)
{
    step_in();  // raw bytes are no reading
    return true;
}

bool Collector::key(string_t& name)
{
    path_.resize(levels_.back().prefix);
    append_step(path_, name);
    if (path_.size() > longest_pointer) {
        reject(store::Reject::too_large,
               fmt::format("a name makes a pointer of more than {} bytes", longest_pointer));
        return false;
    }
    if (is_utf8(name)) return true;
    reject(store::Reject::not_utf8, "a name is not UTF-8");
    return false;
}

// The library's words are for who calls it; whoever reads the payload says it in ours.
bool Collector::parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&)
{
    broken_at = std::max<std::size_t>(position, 1);
    reject(store::Reject::malformed, fmt::format("it cannot be read beyond byte {}", broken_at));
    return false;
}

void Collector::step_in()
{
    if (levels_.empty() || !levels_.back().array) return;
    path_.resize(levels_.back().prefix);
    fmt::format_to(std::back_inserter(path_), "/{}", levels_.back().next++);
}

bool Collector::skip()
{
    step_in();
    ++result.absent;
    return true;
}

bool Collector::take(store::Value value)
{
    step_in();
    if (result.fields.size() >= limits_.fields) {
        reject(store::Reject::too_many_fields,
               fmt::format("more than limits.fields = {} values", limits_.fields));
        return false;
    }
    result.fields.push_back({path_, std::move(value)});
    return true;
}

bool Collector::open(bool array)
{
    step_in();
    if (levels_.size() >= limits_.depth) {
        reject(store::Reject::too_deep, fmt::format("nested deeper than limits.depth = {}", limits_.depth));
        return false;
    }
    levels_.push_back({path_.size(), array});
    return true;
}

bool Collector::close()
{
    levels_.pop_back();
    return true;
}

void Collector::reject(store::Reject reason, std::string why)
{
    result.fields.clear();
    result.rejected = reason;
    result.why = std::move(why);
}

}  // namespace tidegate::gateway
