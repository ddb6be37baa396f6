#include "bridge/ring_file.hpp"

#include "base/log.hpp"

#include <sys/random.h>

#include <cstring>
#include <memory>
#include <system_error>

namespace tidegate::bridge {

namespace {

using namespace ring_layout;

std::uint64_t random_id()
{
    std::uint64_t id = 0;
    while (id == 0)
        if (::getrandom(&id, sizeof id, 0) != static_cast<ssize_t>(sizeof id)) id = 0;
    return id;
}

Result<RingFile> make(const std::filesystem::path& file, std::uint64_t capacity)
{
    // Under another name first: a file of the right name is always a whole one.
    auto fresh = file;
    fresh += ".new";
    auto memory = MappedFile::create(fresh, header_bytes + capacity);
    if (!memory) return memory.error();

    auto& header = *std::construct_at(reinterpret_cast<RingHeader*>(memory->data()));
    header.magic = magic;
    header.version = version;
    header.header_bytes = header_bytes;
    header.capacity = capacity;
    header.id = random_id();

    std::error_code failure;
    std::filesystem::rename(fresh, file, failure);
    if (failure)
        return Error{ErrorKind::unavailable,
                     fmt::format("cannot name {}: {}", file.string(), failure.message())};
    return RingFile{std::move(*memory)};
}

// What is wrong with the ring; empty when nothing is.
std::string_view fault_of(const RingFile& ring)
{
    if (ring.memory.size() < header_bytes + alignment) return "too short";
    const auto& header = ring.header();
    if (header.magic != magic) return "not an intake ring";
    if (header.version != version || header.header_bytes != header_bytes) return "of another version";
    if (header.capacity != ring.memory.size() - header_bytes || header.capacity % alignment != 0)
        return "of another size than it says";

    const auto head = header.head.load();
    auto position = header.tail.load();
    if (head < position || head - position > header.capacity) return "head and tail cannot be";
    if (head % alignment != 0 || position % alignment != 0) return "head or tail is not aligned";
    while (position != head) {
        position = end_of_record(ring, position, head);
        if (position == 0) return "a record in it is damaged";
    }
    return {};
}

void set_aside(const std::filesystem::path& file, std::string_view why)
{
    auto aside = file;
    aside += ".damaged";
    std::error_code failure;
    std::filesystem::rename(file, aside, failure);
    log::error("intake_ring_damaged file={} why=\"{}\" set_aside={} messages_in_it=lost", file.string(), why,
               failure ? failure.message() : aside.string());
}

}  // namespace

std::uint64_t end_of_record(const RingFile& ring, std::uint64_t position, std::uint64_t end)
{
    RecordHeader record{};
    std::memcpy(&record.start, ring.at(position), sizeof record.start);
    const auto& start = record.start;
    const auto to_edge = ring.header().capacity - position % ring.header().capacity;
    if (start.total < alignment || start.total % alignment != 0) return 0;
    if (start.total > to_edge || start.total > end - position) return 0;
    if (start.kind == Kind::skip) return start.total == to_edge ? position + start.total : 0;
    if (start.kind != Kind::message || start.total < sizeof record) return 0;

    std::memcpy(&record, ring.at(position), sizeof record);
    const auto room = start.total - sizeof record;
    return start.topic <= room && record.payload <= room - start.topic ? position + start.total : 0;
}

Result<RingFile> RingFile::open_or_make(const std::filesystem::path& file, std::uint64_t capacity)
{
    auto memory = MappedFile::open(file);
    if (!memory && memory.error().kind == ErrorKind::not_found) return make(file, capacity);
    if (!memory && memory.error().kind != ErrorKind::corrupt) return memory.error();

    if (!memory) {
        set_aside(file, "empty");
        return make(file, capacity);
    }
    RingFile ring{std::move(*memory)};
    if (const auto fault = fault_of(ring); !fault.empty()) {
        set_aside(file, fault);
        return make(file, capacity);
    }
    if (ring.header().capacity == capacity) return ring;
    if (ring.header().head.load() == ring.header().tail.load()) return make(file, capacity);
    log::warning("intake_ring_keeps_its_size file={} bytes={} wished={} why=\"it still holds messages\"",
                 file.string(), ring.header().capacity, capacity);
    return ring;
}

}  // namespace tidegate::bridge
