#include "gateway/decode/json_fields.hpp"

#include "gateway/decode/scalar.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>
#include <limits>

namespace tidegate::gateway {

namespace {

using nlohmann::json;

// Takes the parser's events as they come; the parser itself does not recurse, so depth costs nothing but the
// bits that it keeps for it, and stops at the limit.
class Collector : public json::json_sax_t {
public:
    explicit Collector(const DecodeLimits& limits) : limits_(limits) {}

    bool null() override { return skip(); }
    bool boolean(bool value) override { return take(value); }
    bool number_integer(number_integer_t value) override { return take(std::int64_t{value}); }
    bool number_float(number_float_t value, const string_t&) override { return take(value); }
    bool binary(binary_t&) override { return skip(); }

    bool number_unsigned(number_unsigned_t value) override
    {
        constexpr auto most = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
        if (value > most) return take(static_cast<double>(value));
        return take(static_cast<std::int64_t>(value));
    }

    bool string(string_t& value) override
    {
        if (is_date_time(value)) return skip();
        return take(std::move(value));
    }

    bool key(string_t& name) override
    {
        path_.resize(levels_.back().prefix);
        path_ += '/';
        for (const char c : name) {
            if (c == '~')
                path_ += "~0";
            else if (c == '/')
                path_ += "~1";
            else
                path_ += c;
        }
        return true;
    }

    bool start_object(std::size_t) override { return open(false); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool parse_error(std::size_t position, const std::string&, const json::exception& problem) override
    {
        reject(store::Reject::malformed, fmt::format("byte {}: {}", position, problem.what()));
        return false;
    }

    Decoded result;

private:
    struct Level {
        std::size_t prefix;  // length of the path of the container itself
        bool array;
        std::size_t next = 0;  // index of the next element
    };

    // Called before each value: in an array, the path gets the element's index.
    void step_in()
    {
        if (levels_.empty() || !levels_.back().array) return;
        path_.resize(levels_.back().prefix);
        path_ += fmt::format("/{}", levels_.back().next++);
    }

    bool skip()
    {
        step_in();
        return true;
    }

    bool take(store::Value value)
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

    bool open(bool array)
    {
        step_in();
        if (levels_.size() >= limits_.depth) {
            reject(store::Reject::too_deep,
                   fmt::format("nested deeper than limits.depth = {}", limits_.depth));
            return false;
        }
        levels_.push_back({path_.size(), array});
        return true;
    }

    bool close()
    {
        levels_.pop_back();
        return true;
    }

    void reject(store::Reject reason, std::string why)
    {
        result.fields.clear();
        result.rejected = reason;
        result.why = std::move(why);
    }

    const DecodeLimits& limits_;
    std::string path_;
    std::vector<Level> levels_;
};

}  // namespace

bool looks_like_json(std::string_view text)
{
    return text.front() == '{' || text.front() == '[' || text.front() == '"';
}

Decoded read_json(std::string_view text, const DecodeLimits& limits)
{
    Collector collector(limits);
    json::sax_parse(text.begin(), text.end(), &collector);
    auto& decoded = collector.result;
    decoded.decoder = "json";
    if (!decoded.rejected && decoded.fields.empty()) {
        decoded.rejected = store::Reject::no_reading;
        decoded.why = "JSON without a value that is a reading";
    }
    return std::move(decoded);
}

}  // namespace tidegate::gateway
