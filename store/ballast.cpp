#include "store/ballast.hpp"

#include "base/log.hpp"

#include <unistd.h>

#include <fcntl.h>

namespace tidegate::store {

namespace {

constexpr std::int64_t look_every_ms = 60'000;
constexpr std::uint64_t scarce =
    4;  // times the ballast: with less room than that, it would be the one to fill the disk

}  // namespace

Ballast::Ballast(std::filesystem::path file, std::uint64_t bytes) : file_(std::move(file)), bytes_(bytes) {}

void Ballast::lay(std::int64_t now_ms)
{
    if (bytes_ == 0 || laid_ || (looked_ms_ != 0 && now_ms - looked_ms_ < look_every_ms)) return;
    looked_ms_ = now_ms;
    std::error_code none;
    laid_ = std::filesystem::file_size(file_, none) == bytes_ && !none;
    if (laid_) return;
    const auto space = std::filesystem::space(file_.parent_path(), none);
    if (none || space.available < scarce * bytes_) return;
    const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor < 0) return;
    laid_ = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes_)) == 0;
    ::close(descriptor);
    if (!laid_) std::filesystem::remove(file_, none);
}

bool Ballast::give_up()
{
    std::error_code failed;
    laid_ = false;
    if (!std::filesystem::remove(file_, failed) || failed) return false;
    log::warning("the disk is full: the ballast is given up file={}", file_.string());
    return true;
}

}  // namespace tidegate::store
