#pragma once

#include "base/error.hpp"
#include "store/database.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::store {

// A database beside log.db and meta.db that the gateway can work without (gaps.db, dead.db): made when it is
// first needed, and opened anew where the disk was read-only. Where it is damaged, it goes to quarantine, and
// one with what can be read of it takes its place. Used by one thread at a time.
class SideFile {
public:
    struct Form {
        int version = 0;
        std::string schema;
        std::vector<std::string> tables;  // those that are saved from a damaged file; with rowids

        // What is to be known of it at all times; called each time that it was opened.
        std::function<Result<>(Database&)> load;
    };
    SideFile(std::filesystem::path file, Form form);

    bool exists() const;

    // Does `work` with it, and all of it once more where the file proves damaged. Errors: those of the work,
    // or it cannot be opened (full, denied, unavailable), which may be otherwise at the next call.
    Result<> use(const std::function<Result<>(Database&)>& work);

private:
    Result<> open();
    Result<> try_open();
    Result<> set_aside(const Error& why);
    bool is_damaged(const Error& error) const;

    std::filesystem::path file_;
    Form form_;
    std::optional<Database> database_;  // none: not needed yet, or it could not be opened
};

}  // namespace tidegate::store
