#include "store/sealed_cache.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace tidegate::store {

Result<SealedFile*> SealedCache::get(Tier tier, std::int64_t period)
{
    const auto path = sealed_path(directory_, tier, period);
    struct stat status {};
    const bool exists = ::stat(path.c_str(), &status) == 0;
    const auto found = std::find_if(open_.begin(), open_.end(), [&](const Open& open) {
        return open.tier == tier && open.period == period;
    });
    if (found != open_.end() && exists && found->inode == status.st_ino && !found->file.frozen()) {
        open_.splice(open_.begin(), open_, found);
        auto& file = open_.front().file;
        if (auto done = file.refresh(); !done) return done.error();
        return &file;
    }
    if (found != open_.end()) open_.erase(found);
    if (!exists) return nullptr;
    auto file = SealedFile::open(directory_, tier, period, Access::read_only);
    if (!file && file.error().kind == ErrorKind::not_found) return nullptr;  // thinned this very moment
    if (!file) return file.error();
    open_.push_front({tier, period, status.st_ino, std::move(*file)});
    if (open_.size() > most_open_) open_.pop_back();
    return &open_.front().file;
}

}  // namespace tidegate::store
