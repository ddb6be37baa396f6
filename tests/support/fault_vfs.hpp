#pragma once

#include "support/shim_vfs.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace tidegate::tests {

enum class FaultKind : std::uint8_t {
    once,  // one call gets an I/O error
    gone,  // from one call on every call gets one, until healed: the disk is away
    full,  // from one call on nothing can be written, until healed
};

// Which call on the files of one directory goes wrong. Calls are counted from 1. Between two calls that are
// neither a read nor a write, a long run of reads or writes of one file is thinned: it would be the same
// fault again and again. Any thread.
class FaultPlan {
public:
    FaultPlan(FaultKind kind, std::uint64_t nth) : kind_(kind), nth_(nth) {}

    int decide(const FileCall& call);  // what SQLite is to get
    void heal();

    bool fired() const;
    std::string where() const;  // the call that went wrong first
    std::uint64_t calls() const;

private:
    bool counts(const FileCall& call);
    bool wrong(const FileCall& call);

    const FaultKind kind_;
    const std::uint64_t nth_;
    mutable std::mutex mutex_;
    std::uint64_t calls_ = 0;
    std::map<std::pair<FileOp, std::string>, std::uint64_t> runs_;
    bool healed_ = false;
    std::string where_;
};

// Plans by directory, so that many stores can have their faults at the same time.
class FaultVfs : public ShimVfs {
public:
    void plan(const std::filesystem::path& directory, std::shared_ptr<FaultPlan> plan);
    void forget(const std::filesystem::path& directory);

private:
    int before(const FileCall& call) override;

    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<FaultPlan>, std::less<>> plans_;  // by directory
};

}  // namespace tidegate::tests
