#pragma once

#include "base/error.hpp"
#include "bridge/mapped_file.hpp"
#include "bridge/ring_layout.hpp"

#include <filesystem>

namespace tidegate::bridge {

// The intake ring's file: made, opened, checked.
struct RingFile {
    MappedFile memory;

    ring_layout::RingHeader& header() const
    {
        return *reinterpret_cast<ring_layout::RingHeader*>(memory.data());
    }
    std::byte* at(std::uint64_t position) const
    {
        return memory.data() + ring_layout::header_bytes + position % header().capacity;
    }

    // As IntakeRing::open(). The caller holds the lock.
    static Result<RingFile> open_or_make(const std::filesystem::path& file, std::uint64_t capacity);
};

// Where the record at `position` ends, or 0 when what is there is no record. `end`: where all records end.
std::uint64_t end_of_record(const RingFile& ring, std::uint64_t position, std::uint64_t end);

}  // namespace tidegate::bridge
