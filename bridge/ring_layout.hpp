#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

// The intake ring's file, version 1. Private to the ring and its tests.
//
//   page 0      RingHeader
//   page 1 …    the records, `capacity` bytes
//
// Positions count bytes since the file was made and never wrap; a record lies at position % capacity.
// Everything between tail and head is a sequence of whole records. A record is never split: where the rest of
// the data area is too short for the next one, a record of kind `skip` fills it. Each starts on 8 bytes, so
// that there is always room for a skip.
//
// Why a kill at any instruction leaves it whole: the producer first writes the record (and the skip before
// it) into space that no reader looks at, beyond head, and then moves head with one store. Either the store
// happened, and the record is whole, or it did not, and the record does not exist; its message was then not
// acknowledged and comes again. Whoever frees space moves tail with one store, too. A killed process leaves
// the pages of the file as they are.
namespace tidegate::bridge::ring_layout {

inline constexpr std::array<char, 8> magic{'t', 'g', 'i', 'n', 't', 'a', 'k', 'e'};
inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t header_bytes = 4096;
inline constexpr std::size_t alignment = 8;

struct RingHeader {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t header_bytes;
    std::uint64_t capacity;
    std::uint64_t id;
    // Each on a cache line of its own: two threads write them, all the time.
    alignas(64) std::atomic<std::uint64_t> head;
    alignas(64) std::atomic<std::uint64_t> tail;
};
static_assert(sizeof(RingHeader) <= header_bytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "shared between processes");

enum class Kind : std::uint8_t { message = 1, skip = 2 };

namespace record_flag {
inline constexpr std::uint8_t retained = 1;
inline constexpr std::uint8_t duplicate = 2;
inline constexpr std::uint8_t oversize = 4;
inline constexpr std::uint8_t unsynchronised = 8;
inline constexpr std::uint8_t again = 16;
inline constexpr std::uint8_t readings = 32;
inline constexpr std::uint8_t lines = 64;
}  // namespace record_flag

// Of a skip only these first 8 bytes are there.
struct RecordStart {
    std::uint32_t total;  // bytes up to the next record
    std::uint16_t topic;  // bytes of the topic, which follows the RecordHeader; the payload follows the topic
    Kind kind;
    std::uint8_t flags;
};
static_assert(sizeof(RecordStart) == alignment);

struct RecordHeader {
    RecordStart start;
    std::uint64_t payload;  // bytes
    std::int64_t arrived_ms;
};
static_assert(sizeof(RecordHeader) == 24);

}  // namespace tidegate::bridge::ring_layout
