#include "bridge/redeliveries.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <new>

namespace tidegate::bridge {

namespace {

constexpr std::uint32_t ids = 65535;  // 1 to 65535, then 1 again
constexpr std::uint32_t half = ids / 2;
constexpr std::uint32_t long_stretch =
    2048;                                // more than a broker has in flight when it takes the lowest free id
constexpr std::int64_t pause_ms = 1000;  // long enough for our acknowledgements to have arrived

enum class Order : std::uint32_t { unknown, in_turn, reused };

std::uint64_t digest(const Redeliveries::Delivery& delivery)
{
    constexpr std::hash<std::string_view> hash;
    constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
    const auto digest = hash(delivery.topic) * golden ^ hash(delivery.payload);
    return digest == 0 ? 1 : digest;  // 0: nothing came with this id
}

// How far `to` is ahead of `from`, going round.
std::uint32_t ahead(std::uint16_t from, std::uint16_t to)
{
    return (to + ids - from) % ids;
}

}  // namespace

// The file. A kill between two stores leaves at worst a message that is not told to have come before.
struct Redeliveries::Memory {
    std::uint64_t magic;
    std::uint64_t session;
    std::int64_t newest_ms;  // boot clock
    Order order;
    std::uint32_t stretch;  // ids since the first
    std::uint16_t newest;   // the furthest id; 0: none yet
    std::array<std::uint64_t, ids + 1> seen;
};

namespace {

constexpr std::uint64_t magic = 0x3130'6e65'6573'6774;  // "tgseen01"

}  // namespace

// A map of a file of ours: what is in it was written as this.
Redeliveries::Memory& Redeliveries::memory() const
{
    return *std::launder(reinterpret_cast<Memory*>(file_.data()));
}

Result<Redeliveries> Redeliveries::open(const std::filesystem::path& file, std::string_view session)
{
    auto mapped = MappedFile::open(file);
    if (!mapped || mapped->size() != sizeof(Memory)) mapped = MappedFile::create(file, sizeof(Memory));
    if (!mapped) return mapped.error();
    Redeliveries redeliveries(std::move(*mapped));
    auto& memory = redeliveries.memory();
    const auto name = std::hash<std::string_view>()(session);
    if (memory.magic == magic && memory.session == name) return redeliveries;
    memory = {};
    memory.session = name;
    memory.magic = magic;
    return redeliveries;
}

void Redeliveries::begin(bool continued)
{
    if (continued) return;
    auto& known = memory();
    const auto session = known.session;
    known = {};
    known.session = session;
    known.magic = magic;
}

bool Redeliveries::again(const Delivery& delivery) const
{
    const auto& known = memory();
    if (!delivery.duplicate || delivery.packet == 0 || known.order != Order::in_turn) return false;
    return ahead(delivery.packet, known.newest) < half && known.seen[delivery.packet] == digest(delivery);
}

void Redeliveries::took(const Delivery& delivery, std::int64_t now_ms)
{
    if (delivery.packet == 0) return;
    if (!delivery.duplicate)
        judge(delivery.packet, now_ms);
    else if (ahead(memory().newest, delivery.packet) <= half)
        memory().newest = delivery.packet;  // it was sent before, and is new here
    memory().seen[delivery.packet] = digest(delivery);
}

void Redeliveries::judge(std::uint16_t packet, std::int64_t now_ms)
{
    auto& known = memory();
    const auto step = known.newest == 0 ? 1 : ahead(known.newest, packet);
    const bool paused = known.newest != 0 && now_ms - known.newest_ms >= pause_ms;
    if (step == 0 || step > half)
        known.order = Order::reused;
    else if (known.order == Order::unknown && (paused || (known.stretch += step) >= long_stretch))
        known.order = Order::in_turn;
    known.newest = packet;
    known.newest_ms = now_ms;
}

}  // namespace tidegate::bridge
