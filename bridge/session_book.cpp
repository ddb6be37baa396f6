#include "bridge/session_book.hpp"

#include "base/log.hpp"
#include "bridge/mapped_file.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <system_error>

namespace tidegate::bridge {

namespace {

using nlohmann::json;

Error cannot_write(const std::filesystem::path& file, int code)
{
    return Error{ErrorKind::unavailable,
                 fmt::format("cannot write {}: {}", file.string(), std::generic_category().message(code))};
}

}  // namespace

SessionBook::SessionBook(std::filesystem::path file) : file_(std::move(file))
{
    std::ifstream in(file_);
    if (!in) return;
    const auto found = json::parse(in, nullptr, false);
    try {
        if (!found.is_discarded()) found.get_to(sessions_);
    } catch (const json::exception&) {
        sessions_.clear();
    }
    if (sessions_.empty())
        log::warning("sessions_unknown file={} why=\"it is damaged\" filters_no_longer_configured=kept",
                     file_.string());
}

std::vector<std::string> SessionBook::filters(const std::string& session) const
{
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(session);
    return found == sessions_.end() ? std::vector<std::string>{} : found->second;
}

Result<> SessionBook::remember(const std::string& session, std::vector<std::string> filters)
{
    const std::lock_guard lock(mutex_);
    auto& known = sessions_[session];
    if (known == filters && written_) return {};
    known = std::move(filters);
    auto done = write();
    written_ = done.has_value();
    return done;
}

// Under another name first, and synced: a file of the right name is always a whole one.
Result<> SessionBook::write()
{
    auto fresh = file_;
    fresh += ".new";
    const auto text = json(sessions_).dump(1, ' ', false, json::error_handler_t::replace) + "\n";
    const Descriptor out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (out.get() < 0) return cannot_write(fresh, errno);
    const auto written = ::write(out.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(out.get()) != 0)
        return cannot_write(fresh, errno);
    std::error_code failure;
    std::filesystem::rename(fresh, file_, failure);
    if (failure) return cannot_write(file_, failure.value());
    const Descriptor directory(::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() >= 0) ::fsync(directory.get());
    return {};
}

}  // namespace tidegate::bridge
