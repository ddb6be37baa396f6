#include "gateway/decode/families/cbor.hpp"

#include "gateway/decode/collector.hpp"
#include "gateway/decode/scalar.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <limits>

namespace tidegate::gateway {

namespace {

enum Major : std::uint8_t { unsigned_integer, negative_integer, bytes, text, array, map, tag, simple };

struct Head {
    Major major = unsigned_integer;
    std::uint8_t info = 0;       // the five low bits
    std::uint64_t argument = 0;  // none where the length is indefinite
    bool indefinite() const { return info == 31; }
    bool is_break() const { return major == simple && info == 31; }
};

double single(std::uint64_t bits)
{
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    return std::isfinite(value) ? widened(value) : value;
}

// RFC 8949, appendix D.
double half(std::uint16_t bits)
{
    const int exponent = (bits >> 10) & 0x1f;
    const int mantissa = bits & 0x3ff;
    double value = std::ldexp(mantissa + 1024, exponent - 25);
    if (exponent == 0) value = std::ldexp(mantissa, -24);
    if (exponent == 31)
        value = mantissa == 0 ? std::numeric_limits<double>::infinity()
                              : std::numeric_limits<double>::quiet_NaN();
    return (bits & 0x8000) != 0 ? -value : value;
}

// Reads items with a stack of its own and hands them to the collector, which stops at the limits.
class Reader {
public:
    Reader(std::string_view input, Collector& out) : input_(input), out_(out) {}

    void run()
    {
        if (!item()) return;
        while (!open_.empty()) {
            if (!next()) return;
        }
        if (at_ != input_.size()) fail("more behind the item");
    }

private:
    struct Open {
        bool map;
        bool counted;
        std::uint64_t left;  // items, or pairs of a map
    };

    bool next()
    {
        auto& top = open_.back();
        if (top.counted ? top.left == 0 : is_break()) return close();
        if (top.counted) --top.left;
        if (top.map && !key()) return false;
        return item();
    }

    bool close()
    {
        const bool map = open_.back().map;
        open_.pop_back();
        return map ? out_.end_object() : out_.end_array();
    }

    bool is_break()
    {
        if (at_ >= input_.size() || static_cast<unsigned char>(input_[at_]) != 0xff) return false;
        ++at_;
        return true;
    }

    bool key()
    {
        Head head;
        if (!read(head)) return false;
        std::string name;
        if (head.major == text) {
            if (!read_string(head, name)) return false;
        } else if (head.major == unsigned_integer) {
            name = fmt::format("{}", head.argument);
        } else if (head.major == negative_integer && head.argument < std::uint64_t{1} << 63U) {
            name = fmt::format("{}", -1 - static_cast<std::int64_t>(head.argument));
        } else {
            return fail("a key that is neither text nor an integer");
        }
        return out_.key(name);
    }

    bool item()
    {
        Head head;
        do {
            if (!read(head)) return false;
        } while (head.major == tag);
        if (open_.empty() && head.major != array && head.major != map)
            return fail("neither a map nor an array");
        switch (head.major) {
        case unsigned_integer: return out_.number_unsigned(head.argument);
        case negative_integer: return negative(head.argument);
        case bytes: return byte_string(head);
        case text: return text_string(head);
        case array:
        case map: return container(head);
        case simple: return simple_value(head);
        case tag: break;
        }
        return fail("unknown item");
    }

    bool negative(std::uint64_t argument)
    {
        if (argument >= std::uint64_t{1} << 63U)
            return out_.number_float(-1 - static_cast<double>(argument), {});
        return out_.number_integer(-1 - static_cast<std::int64_t>(argument));
    }

    bool byte_string(const Head& head)
    {
        std::string unused;
        if (!read_string(head, unused)) return false;
        nlohmann::json::binary_t none;
        return out_.binary(none);
    }

    bool text_string(const Head& head)
    {
        std::string value;
        return read_string(head, value) && out_.string(value);
    }

    bool container(const Head& head)
    {
        const bool is_map = head.major == map;
        // Each item takes a byte at least: a count that promises more is a lie.
        if (!head.indefinite() && head.argument > input_.size() - at_) return fail("cut off");
        if (!(is_map ? out_.start_object(0) : out_.start_array(0))) return false;
        open_.push_back({is_map, !head.indefinite(), head.argument});
        return true;
    }

    bool simple_value(const Head& head)
    {
        switch (head.info) {
        case 20: return out_.boolean(false);
        case 21: return out_.boolean(true);
        case 22:
        case 23: return out_.null();
        case 25: return out_.number_float(half(static_cast<std::uint16_t>(head.argument)), {});
        case 26: return out_.number_float(single(head.argument), {});
        case 27: return out_.number_float(std::bit_cast<double>(head.argument), {});
        default: return head.is_break() ? fail("a break outside of an item") : out_.null();
        }
    }

    bool read_string(const Head& head, std::string& value)
    {
        if (!head.indefinite()) return append(head.argument, value);
        while (!is_break()) {
            Head chunk;
            if (!read(chunk)) return false;
            if (chunk.major != head.major || chunk.indefinite()) return fail("a string of mixed pieces");
            if (!append(chunk.argument, value)) return false;
        }
        return true;
    }

    bool append(std::uint64_t length, std::string& value)
    {
        if (length > input_.size() - at_) return fail("cut off");
        value.append(input_.substr(at_, length));
        at_ += length;
        return true;
    }

    bool read(Head& head)
    {
        if (at_ >= input_.size()) return fail("cut off");
        const auto first = static_cast<unsigned char>(input_[at_++]);
        head.major = static_cast<Major>(first >> 5U);
        head.info = first & 0x1fU;
        head.argument = head.info;
        if (head.info < 24) return true;
        if (head.info == 31 && head.major >= bytes && head.major != tag) return true;
        if (head.info > 27) return fail("a head that is not defined");
        const std::size_t length = std::size_t{1} << (head.info - 24U);
        if (length > input_.size() - at_) return fail("cut off");
        head.argument = 0;
        for (std::size_t i = 0; i < length; ++i)
            head.argument = head.argument << 8U | static_cast<unsigned char>(input_[at_++]);
        return true;
    }

    bool fail(std::string_view why)
    {
        out_.reject(store::Reject::malformed, fmt::format("CBOR, byte {}: {}", at_, why));
        return false;
    }

    std::string_view input_;
    std::size_t at_ = 0;
    Collector& out_;
    std::vector<Open> open_;
};

}  // namespace

Decoded read_cbor(std::string_view payload, const DecodeLimits& limits)
{
    Collector collector(limits);
    Reader(payload, collector).run();
    auto& decoded = collector.result;
    if (decoded.rejected) return std::move(decoded);
    if (decoded.fields.empty())
        return rejected(store::Reject::no_reading, "CBOR without a value that is a reading");
    decoded.decoder = "cbor";
    return std::move(decoded);
}

}  // namespace tidegate::gateway
