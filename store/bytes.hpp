#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// Bytes of the store's formats (docs/store-format.md): little-endian, LEB128 varints, zigzag for signed
// numbers.
namespace tidegate::store {

static_assert(std::endian::native == std::endian::little, "the store's files are little-endian");

constexpr std::uint64_t zigzag(std::int64_t value)
{
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t value)
{
    return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

constexpr std::uint64_t wide(std::int64_t value)
{
    return static_cast<std::uint64_t>(value);
}

// Wrap around, so that every 64-bit number can be told as a difference to every other.
constexpr std::int64_t plus(std::int64_t a, std::int64_t b)
{
    return static_cast<std::int64_t>(wide(a) + wide(b));
}

constexpr std::int64_t minus(std::int64_t a, std::int64_t b)
{
    return static_cast<std::int64_t>(wide(a) - wide(b));
}

class ByteWriter {
public:
    void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }

    void varint(std::uint64_t value)
    {
        while (value >= 0x80) {
            byte(static_cast<std::uint8_t>(value | 0x80U));
            value >>= 7U;
        }
        byte(static_cast<std::uint8_t>(value));
    }

    void signed_varint(std::int64_t value) { varint(zigzag(value)); }

    template <class T>
    void fixed(T value)
    {
        std::array<char, sizeof(T)> raw;
        std::memcpy(raw.data(), &value, sizeof(T));
        bytes_.append(raw.data(), raw.size());
    }

    void text(std::string_view value)
    {
        varint(value.size());
        bytes_.append(value);
    }

    void append(std::string_view raw) { bytes_.append(raw); }
    std::size_t size() const { return bytes_.size(); }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

// Reads what ByteWriter wrote. Never reads past the end: a read that would makes failed() true and gives
// zeros from then on, so that a decoder checks once, at the end of a stretch.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t byte()
    {
        if (rest_.empty()) return fail();
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }

    std::uint64_t varint()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto next = byte();
            value |= static_cast<std::uint64_t>(next & 0x7fU) << shift;
            if (next < 0x80) return value;
        }
        return fail();
    }

    std::int64_t signed_varint() { return unzigzag(varint()); }

    template <class T>
    T fixed()
    {
        T value{};
        const auto raw = take(sizeof(T));
        if (!failed_) std::memcpy(&value, raw.data(), sizeof(T));
        return value;
    }

    std::string_view text() { return take(varint()); }

    std::string_view take(std::uint64_t count)
    {
        if (count > rest_.size()) {
            fail();
            return {};
        }
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    std::string_view rest() const { return rest_; }
    std::size_t left() const { return rest_.size(); }
    bool failed() const { return failed_; }

private:
    std::uint8_t fail()
    {
        failed_ = true;
        rest_ = {};
        return 0;
    }

    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace tidegate::store
