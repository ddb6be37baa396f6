#pragma once

#include "web/server/assets.hpp"
#include "web/server/request.hpp"

#include <filesystem>
#include <span>
#include <string_view>

namespace tidegate::web {

// The dashboard's files: from the binary, or, for development, from a folder.
class StaticFiles {
public:
    explicit StaticFiles(std::span<const Asset> assets, std::filesystem::path root = {});

    Reply get(const Request& request) const;

private:
    Reply from_folder(std::string_view path) const;
    Reply from_binary(const Asset& asset, const Request& request) const;

    std::span<const Asset> assets_;
    std::filesystem::path root_;
};

std::string_view content_type(std::string_view path);

// Whether the name holds a hash of the content ("/assets/index-B3x9fQ1a.js"), so that it may be kept for
// ever.
bool is_hashed_name(std::string_view path);

}  // namespace tidegate::web
