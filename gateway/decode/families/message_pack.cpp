#include "gateway/decode/families/message_pack.hpp"

#include "gateway/decode/collector.hpp"
#include "gateway/decode/scalar.hpp"

#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <string>

namespace tidegate::gateway {

namespace {

// fixmap, fixarray, array 16/32, map 16/32
bool begins_a_container(unsigned char first)
{
    return (first >= 0x80 && first <= 0x9f) || (first >= 0xdc && first <= 0xdf);
}

// Reads items with a stack of its own and hands them to the collector, which stops at the limits. Not by the
// JSON library, as that knows no keys but texts, and widens a float32 before anybody can see that it was one.
class Reader {
public:
    Reader(std::string_view input, Collector& out) : input_(input), out_(out) {}

    void run()
    {
        if (!item()) return;
        while (!open_.empty())
            if (!next()) return;
        if (at_ != input_.size()) fail();
    }

private:
    struct Open {
        bool map;
        std::uint64_t left;  // items, or pairs of a map
    };

    bool next()
    {
        auto& top = open_.back();
        if (top.left == 0) {
            const bool map = top.map;
            open_.pop_back();
            return map ? out_.end_object() : out_.end_array();
        }
        --top.left;
        if (top.map && !key()) return false;
        return item();
    }

    // A text, or an integer as it prints.
    bool key()
    {
        std::uint64_t head = 0;
        if (!number(1, head)) return false;
        std::string name;
        std::uint64_t value = 0;
        if (is_text(head)) {
            if (!text(head, name)) return false;
        } else if (head <= 0x7f) {
            name = fmt::format("{}", head);
        } else if (head >= 0xe0) {
            name = fmt::format("{}", static_cast<std::int8_t>(head));
        } else if (head >= 0xcc && head <= 0xcf) {
            if (!number(1U << (head - 0xcc), value)) return false;
            name = fmt::format("{}", value);
        } else if (head >= 0xd0 && head <= 0xd3) {
            if (!number(1U << (head - 0xd0), value)) return false;
            name = fmt::format("{}", widened_sign(value, 1U << (head - 0xd0)));
        } else {
            return fail();
        }
        return out_.key(name);
    }

    bool item()
    {
        std::uint64_t head = 0;
        if (!number(1, head)) return false;
        if (head <= 0x7f) return out_.number_unsigned(head);
        if (head <= 0x8f) return container(true, head & 0x0fU);
        if (head <= 0x9f) return container(false, head & 0x0fU);
        if (head >= 0xe0) return out_.number_integer(static_cast<std::int8_t>(head));
        std::string value;
        if (is_text(head)) return text(head, value) && out_.string(value);
        std::uint64_t bits = 0;
        switch (head) {
        case 0xc0: return out_.null();
        case 0xc2:
        case 0xc3: return out_.boolean(head == 0xc3);
        case 0xc4:
        case 0xc5:
        case 0xc6: return number(1U << (head - 0xc4), bits) && raw(bits);
        case 0xc7:
        case 0xc8:
        case 0xc9: return number(1U << (head - 0xc7), bits) && raw(bits + 1);  // and its type
        case 0xca: return number(4, bits) && out_.number_float(single(bits), {});
        case 0xcb: return number(8, bits) && out_.number_float(std::bit_cast<double>(bits), {});
        case 0xcc:
        case 0xcd:
        case 0xce:
        case 0xcf: return number(1U << (head - 0xcc), bits) && out_.number_unsigned(bits);
        case 0xd0:
        case 0xd1:
        case 0xd2:
        case 0xd3: {
            const auto length = 1U << (head - 0xd0);
            return number(length, bits) && out_.number_integer(widened_sign(bits, length));
        }
        case 0xd4:
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8: return raw((1U << (head - 0xd4)) + 1);
        case 0xdc:
        case 0xdd: return number(2U << (head - 0xdc), bits) && container(false, bits);
        case 0xde:
        case 0xdf: return number(2U << (head - 0xde), bits) && container(true, bits);
        default: return fail();
        }
    }

    static bool is_text(std::uint64_t head)
    {
        return (head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb);
    }

    static std::int64_t widened_sign(std::uint64_t bits, unsigned bytes)
    {
        const auto unused = 64U - 8U * bytes;
        return static_cast<std::int64_t>(bits << unused) >> unused;
    }

    static double single(std::uint64_t bits)
    {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        return std::isfinite(value) ? widened(value) : static_cast<double>(value);
    }

    bool container(bool map, std::uint64_t count)
    {
        // Each item takes a byte at least: a count that promises more is a lie.
        if (count > input_.size() - at_) return cut_off();
        if (!(map ? out_.start_object(0) : out_.start_array(0))) return false;
        open_.push_back({map, count});
        return true;
    }

    bool text(std::uint64_t head, std::string& value)
    {
        std::uint64_t length = head & 0x1fU;
        if (head >= 0xd9 && !number(1U << (head - 0xd9), length)) return false;
        if (length > input_.size() - at_) return cut_off();
        value = input_.substr(at_, length);
        at_ += length;
        return true;
    }

    bool raw(std::uint64_t length)
    {
        if (length > input_.size() - at_) return cut_off();
        at_ += length;
        nlohmann::json::binary_t none;
        return out_.binary(none);
    }

    bool number(unsigned bytes, std::uint64_t& value)
    {
        if (bytes > input_.size() - at_) return cut_off();
        value = 0;
        for (unsigned i = 0; i < bytes; ++i) value = value << 8U | static_cast<unsigned char>(input_[at_++]);
        return true;
    }

    bool cut_off()
    {
        out_.reject(
            store::Reject::malformed,
            fmt::format("MessagePack: it ends after {} bytes, before all that it announces has come; was it "
                        "cut off on the way?",
                        input_.size()));
        return false;
    }

    bool fail()
    {
        out_.reject(
            store::Reject::malformed,
            fmt::format("MessagePack: what stands at byte {} is none; mend the sender, or name another "
                        "decoder in a [[rule]]",
                        at_));
        return false;
    }

    std::string_view input_;
    std::size_t at_ = 0;
    Collector& out_;
    std::vector<Open> open_;
};

}  // namespace

Decoded read_message_pack(std::string_view payload, const DecodeLimits& limits)
{
    if (payload.empty() || !begins_a_container(static_cast<unsigned char>(payload.front())))
        return rejected(store::Reject::malformed, "MessagePack: neither a map nor an array");
    Collector collector(limits);
    Reader(payload, collector).run();
    auto& decoded = collector.result;
    if (decoded.rejected) return std::move(decoded);
    if (decoded.fields.empty())
        return rejected(store::Reject::no_reading, "MessagePack without a value that is a reading");
    decoded.decoder = "messagepack";
    return std::move(decoded);
}

}  // namespace tidegate::gateway
