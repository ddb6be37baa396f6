// Hostile bytes where a request's head is expected. What is let through must have been judged the same
// however it was cut into pieces, and must hold none of what is refused.
#include "web/server/sanitize.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace tidegate::web;

namespace {

void must(bool holds)
{
    if (!holds) std::abort();
}

// The same head, a byte at a time.
void must_not_depend_on_pieces(std::string_view received, const HeadScan& whole)
{
    HeadScan scan;
    for (std::size_t n = 0; n <= received.size(); ++n) {
        scan = scan_head(received.substr(0, n), n == 0 ? 0 : n - 1);
        if (scan.refusal || scan.length != 0) break;
    }
    must(scan.length == whole.length);
    must(scan.refusal.has_value() == whole.refusal.has_value());
}

void must_be_tame(std::string_view head)
{
    must(head.ends_with("\r\n\r\n"));
    must(head.find('\0') == std::string_view::npos);
    must(std::count(head.begin(), head.end(), '\n') <= 2 + 1 + 64);
    const auto line = head.substr(0, head.find("\r\n"));
    const auto target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
    std::string path;
    Query query;
    must(!decode_target(target, path, query));
    must(path.starts_with('/') && path.find("/../") == std::string::npos && !path.ends_with("/.."));
    must(path.find('\\') == std::string::npos);
    must(std::none_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    for (const auto& [name, value] : query)
        must(std::none_of(value.begin(), value.end(),
                          [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view received(reinterpret_cast<const char*>(data), size);
    const auto scan = scan_head(received, 0);
    if (size < 1024) must_not_depend_on_pieces(received, scan);
    if (!scan.refusal && scan.length != 0 && !check_head(received.substr(0, scan.length)))
        must_be_tame(received.substr(0, scan.length));
    // And behind a request line and host that are good, so that fields are reached at once.
    const std::string behind = "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(received) + "\r\n\r\n";
    const auto fields = scan_head(behind, 0);
    if (!fields.refusal && fields.length != 0 &&
        !check_head(std::string_view(behind).substr(0, fields.length)))
        must_be_tame(std::string_view(behind).substr(0, fields.length));
    std::string path;
    Query query;
    (void)decode_target(received, path, query);
    return 0;
}
