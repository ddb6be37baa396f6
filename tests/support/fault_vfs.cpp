#include "support/fault_vfs.hpp"

#include <utility>

namespace tidegate::tests {

namespace {

constexpr std::uint64_t run_begins = 6;   // from so many equal calls on, every
constexpr std::uint64_t run_step = 4096;  // one of these counts

bool writes(const FileCall& call)
{
    return call.op == FileOp::write || call.op == FileOp::map || (call.op == FileOp::open && call.creates);
}

int io_error(FileOp op)
{
    switch (op) {
    case FileOp::open: return SQLITE_CANTOPEN;
    case FileOp::read: return SQLITE_IOERR_READ;
    case FileOp::write: return SQLITE_IOERR_WRITE;
    case FileOp::truncate: return SQLITE_IOERR_TRUNCATE;
    case FileOp::sync: return SQLITE_IOERR_FSYNC;
    case FileOp::remove: return SQLITE_IOERR_DELETE;
    case FileOp::map: return SQLITE_IOERR_SHMMAP;
    }
    return SQLITE_IOERR;
}

std::string_view word(FileOp op)
{
    switch (op) {
    case FileOp::open: return "open";
    case FileOp::read: return "read";
    case FileOp::write: return "write";
    case FileOp::truncate: return "truncate";
    case FileOp::sync: return "sync";
    case FileOp::remove: return "remove";
    case FileOp::map: return "map";
    }
    return "";
}

std::string_view folder_of(std::string_view file)
{
    const auto slash = file.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : file.substr(0, slash);
}

}  // namespace

bool FaultPlan::counts(const FileCall& call)
{
    if (kind_ == FaultKind::full && !writes(call)) return false;
    if (call.op != FileOp::read && call.op != FileOp::write) {
        runs_.clear();
        return true;
    }
    const auto run = runs_[{call.op, std::string(call.file)}]++;
    return run < run_begins || run % run_step == 0;
}

bool FaultPlan::wrong(const FileCall& call)
{
    const bool reached = calls_ >= nth_ && nth_ != 0;
    switch (kind_) {
    case FaultKind::once: return calls_ == nth_ && where_.empty();
    case FaultKind::gone: return reached;
    case FaultKind::full: return reached && writes(call);
    }
    return false;
}

int FaultPlan::decide(const FileCall& call)
{
    const std::scoped_lock lock(mutex_);
    if (counts(call)) ++calls_;
    if (healed_ || !wrong(call)) return SQLITE_OK;
    if (where_.empty()) {
        const auto name = call.file.substr(folder_of(call.file).size());
        where_ = std::string(word(call.op)) + " " + std::string(name);
    }
    if (kind_ == FaultKind::full) return call.op == FileOp::open ? SQLITE_CANTOPEN : SQLITE_FULL;
    return io_error(call.op);
}

void FaultPlan::heal()
{
    const std::scoped_lock lock(mutex_);
    healed_ = true;
}

bool FaultPlan::fired() const
{
    const std::scoped_lock lock(mutex_);
    return !where_.empty();
}

std::string FaultPlan::where() const
{
    const std::scoped_lock lock(mutex_);
    return where_;
}

std::uint64_t FaultPlan::calls() const
{
    const std::scoped_lock lock(mutex_);
    return calls_;
}

void FaultVfs::plan(const std::filesystem::path& directory, std::shared_ptr<FaultPlan> plan)
{
    const std::scoped_lock lock(mutex_);
    plans_[directory.string()] = std::move(plan);
}

void FaultVfs::forget(const std::filesystem::path& directory)
{
    const std::scoped_lock lock(mutex_);
    plans_.erase(directory.string());
}

int FaultVfs::before(const FileCall& call)
{
    std::shared_ptr<FaultPlan> plan;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = plans_.find(folder_of(call.file));
        if (found == plans_.end()) return SQLITE_OK;
        plan = found->second;
    }
    return plan->decide(call);
}

}  // namespace tidegate::tests
