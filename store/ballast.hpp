#pragma once

#include <cstdint>
#include <filesystem>

namespace tidegate::store {

// A file of real blocks that is given up when the disk is full: what is under way can end then, and deleting
// needs room, too. Used by one thread.
class Ballast {
public:
    Ballast(std::filesystem::path file, std::uint64_t bytes);  // 0: there is to be none

    // Makes it, where it is not there and room is not scarce. Looks no more often than once a minute.
    void lay(std::int64_t now_ms);

    // True: there was one, and its room is free now.
    bool give_up();

private:
    std::filesystem::path file_;
    std::uint64_t bytes_;
    bool laid_ = false;
    std::int64_t looked_ms_ = 0;  // boot clock; 0: never
};

}  // namespace tidegate::store
