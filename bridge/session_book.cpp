#include "bridge/session_book.hpp"

#include "base/log.hpp"
#include "base/whole_file.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

namespace tidegate::bridge {

using nlohmann::json;

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

Result<> SessionBook::write()
{
    return write_whole_file(file_,
                            json(sessions_).dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace tidegate::bridge
