#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <utility>

namespace tidegate::bridge {

// Owns a file descriptor.
class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(value_, other.value_);
        return *this;
    }

    int get() const { return value_; }

private:
    int value_;
};

// Takes an exclusive lock on a file that is there for nothing else. It is held as long as the descriptor
// lives, at most until the process ends, in whatever way. Errors: denied (somebody else holds it),
// unavailable.
Result<Descriptor> lock_file(const std::filesystem::path& file);

// A file mapped MAP_SHARED, whole, for reading and writing; unmapped at the end.
class MappedFile {
public:
    // Maps a file that exists. Errors: not_found, corrupt (empty), unavailable.
    static Result<MappedFile> open(const std::filesystem::path& file);

    // Makes a file of `bytes` zeros, all of them allocated. An existing one is overwritten. Errors: full,
    // unavailable.
    static Result<MappedFile> create(const std::filesystem::path& file, std::size_t bytes);

    std::byte* data() const { return memory_.get(); }
    std::size_t size() const { return memory_.get_deleter().size; }

private:
    struct Unmap {
        std::size_t size = 0;
        void operator()(std::byte* memory) const;
    };
    explicit MappedFile(std::unique_ptr<std::byte, Unmap> memory) : memory_(std::move(memory)) {}
    static Result<MappedFile> map(const Descriptor& descriptor,
                                  std::size_t bytes,
                                  const std::filesystem::path& file);

    std::unique_ptr<std::byte, Unmap> memory_;
};

}  // namespace tidegate::bridge
