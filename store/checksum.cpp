#include "store/checksum.hpp"

#include <array>

namespace tidegate::store {

namespace {

using Table = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Table make_table()
{
    constexpr std::uint32_t reversed_polynomial = 0x82f63b78;
    Table table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? reversed_polynomial : 0U);
        table[0][i] = crc;
    }
    for (std::size_t slice = 1; slice < 8; ++slice)
        for (std::size_t i = 0; i < 256; ++i) {
            const auto crc = table[slice - 1][i];
            table[slice][i] = (crc >> 8U) ^ table[0][crc & 0xffU];
        }
    return table;
}

constexpr Table table = make_table();

std::uint32_t eight(std::uint32_t crc, const unsigned char* p)
{
    crc ^= static_cast<std::uint32_t>(p[0]) | static_cast<std::uint32_t>(p[1]) << 8U |
           static_cast<std::uint32_t>(p[2]) << 16U | static_cast<std::uint32_t>(p[3]) << 24U;
    return table[7][crc & 0xffU] ^ table[6][(crc >> 8U) & 0xffU] ^ table[5][(crc >> 16U) & 0xffU] ^
           table[4][crc >> 24U] ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
}

}  // namespace

// Slicing by eight: 1 to 2 GB/s in plain C++, the same on every board.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before)
{
    auto crc = ~before;
    const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
    auto left = bytes.size();
    for (; left >= 8; left -= 8, p += 8) crc = eight(crc, p);
    for (; left > 0; --left, ++p) crc = (crc >> 8U) ^ table[0][(crc ^ *p) & 0xffU];
    return ~crc;
}

}  // namespace tidegate::store
