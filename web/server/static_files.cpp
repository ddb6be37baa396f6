#include "web/server/static_files.hpp"

#include "base/gzip.hpp"
#include "web/server/reply.hpp"
#include "web/server/text.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace tidegate::web {
namespace {

constexpr std::string_view plain_page =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tidegate</title>"
    "<h1>Tidegate is running</h1>"
    "<p>This binary was built without the dashboard. The API is there: see <a href=\"/api/v1/gateway\">the "
    "state of "
    "the gateway</a>, <a href=\"/api/v1/series\">the series</a> and <a href=\"/metrics\">the metrics</a>.</p>"
    "<p>To add the dashboard, run <code>npm ci</code> and <code>npm run build</code> in "
    "<code>web/dashboard</code> and "
    "build the gateway again, or point <code>web_root</code> at a built dashboard.</p>\n";

constexpr std::size_t largest_file = 16 * 1024 * 1024;

enum class Coding { identity, gzip, brotli };

// The one that the client wants most; of those that it wants as much, the smallest.
Coding coding_for(const Request& request, const Asset& asset)
{
    constexpr double not_named = 0.0001;  // identity is taken unless it is refused, but nobody is after it
    const std::string_view list = request.accept_encoding;
    const double brotli = asset.brotli.empty() ? 0 : weight_in(list, "br").value_or(0);
    const double gzip = weight_in(list, "gzip").value_or(0);
    const double identity = weight_in(list, "identity").value_or(not_named);
    if (brotli > 0 && brotli >= gzip && brotli >= identity) return Coding::brotli;
    return gzip > 0 && gzip >= identity ? Coding::gzip : Coding::identity;
}

// What is packed otherwise is another representation, with a tag of its own.
std::string etag_of(const Asset& asset, Coding coding)
{
    std::string tag(asset.etag);
    if (coding != Coding::identity) tag.insert(tag.size() - 1, coding == Coding::brotli ? "-br" : "-gz");
    return tag;
}

Reply not_found()
{
    return problem(404, "There is no such page. The dashboard is at /, the API under /api/v1/.");
}

bool is_inside(const std::filesystem::path& file, const std::filesystem::path& root)
{
    const auto [rest, unused] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
    return rest == root.end();
}

}  // namespace

std::string_view content_type(std::string_view path)
{
    using Type = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Type, 11> types{{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
        {".map", "application/json"},
    }};
    const auto* found =
        std::ranges::find_if(types, [path](const Type& type) { return path.ends_with(type.first); });
    return found == types.end() ? "application/octet-stream" : found->second;
}

bool is_hashed_name(std::string_view path)
{
    if (!path.starts_with("/assets/")) return false;
    const std::size_t dot = path.rfind('.');
    constexpr std::size_t hash_length = 8;
    if (dot == std::string_view::npos || dot < hash_length + 1) return false;
    const std::string_view hash = path.substr(dot - hash_length, hash_length);
    return path[dot - hash_length - 1] == '-' &&
           std::ranges::all_of(hash, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

StaticFiles::StaticFiles(std::span<const Asset> assets, std::filesystem::path root)
    : assets_(assets),
      root_(std::move(root))
{
    std::error_code ignored;
    if (!root_.empty()) root_ = std::filesystem::weakly_canonical(root_, ignored);
}

Reply StaticFiles::get(const Request& request) const
{
    const std::string_view path = request.path == "/" ? "/index.html" : std::string_view(request.path);
    if (!root_.empty()) return from_folder(path);
    const auto found = std::ranges::lower_bound(assets_, path, {}, &Asset::path);
    if (found != assets_.end() && found->path == path) return from_binary(*found, request);
    if (!assets_.empty() || path != "/index.html") return not_found();
    Reply reply{200, "text/html; charset=utf-8", std::string(plain_page), {}};
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

Reply StaticFiles::from_binary(const Asset& asset, const Request& request) const
{
    Reply reply{200, std::string(content_type(asset.path)), {}, {}};
    const Coding coding = coding_for(request, asset);
    const std::string etag = etag_of(asset, coding);
    const bool immutable = is_hashed_name(asset.path);
    reply.headers.emplace_back("Cache-Control",
                               immutable ? "public, max-age=31536000, immutable" : "no-cache");
    reply.headers.emplace_back("ETag", etag);
    reply.headers.emplace_back("Vary", "Accept-Encoding");
    reply.headers.emplace_back("Accept-Ranges", "none");  // the files are small; a Range is answered with all
    if (is_known_to(request.if_none_match, etag)) {
        reply.status = 304;
        return reply;
    }
    if (coding != Coding::identity) {
        reply.headers.emplace_back("Content-Encoding", coding == Coding::brotli ? "br" : "gzip");
        reply.body = coding == Coding::brotli ? asset.brotli : asset.packed;
        return reply;
    }
    auto plain = gunzipped(asset.packed, asset.size);
    if (!plain) return problem(plain.error());
    reply.body = std::move(*plain);
    return reply;
}

Reply StaticFiles::from_folder(std::string_view path) const
{
    std::error_code error;
    const auto file = std::filesystem::canonical(root_ / path.substr(1), error);
    if (error || !is_inside(file, root_) || !std::filesystem::is_regular_file(file, error))
        return not_found();
    if (std::filesystem::file_size(file, error) > largest_file || error) return not_found();
    std::ifstream input(file, std::ios::binary);
    Reply reply{200, std::string(content_type(path)), {}, {}};
    reply.body.assign(std::istreambuf_iterator<char>(input), {});
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

}  // namespace tidegate::web
