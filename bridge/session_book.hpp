#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tidegate::bridge {

// Which filters the brokers may hold for our persistent sessions. A broker keeps a filter until it is told
// otherwise, also when it is configured no more, so it has to be remembered across restarts. A small JSON
// file in the state directory, written and synced only when something changes. Any thread.
class SessionBook {
public:
    // Reads what is there. A file that is none of ours is as good as none; it is logged and written anew.
    explicit SessionBook(std::filesystem::path file);

    // `session` names broker and client id. Empty: nothing is known of it.
    std::vector<std::string> filters(const std::string& session) const;

    // Errors: unavailable (it cannot be written; it is known all the same, and written with the next).
    Result<> remember(const std::string& session, std::vector<std::string> filters);

private:
    Result<> write();  // with the lock held

    std::filesystem::path file_;
    mutable std::mutex mutex_;
    std::map<std::string, std::vector<std::string>> sessions_;
    bool written_ = true;
};

}  // namespace tidegate::bridge
