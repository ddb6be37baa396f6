#include "web/server/sanitize.hpp"

#include "web/server/api_posts.hpp"
#include "web/server/text.hpp"

#include <algorithm>
#include <charconv>

namespace tidegate::web {
namespace {

using std::string_view;
using MaybeRefusal = std::optional<Refusal>;

constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";

bool is_token(string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_alphanumeric(c) || token_marks.find(c) != string_view::npos;
    });
}

// What the fields that decide about framing and identity said.
struct Framing {
    bool http_1_0 = false;
    int hosts = 0;
    int lengths = 0;
    int codings = 0;
    BodyRule body{};
};

MaybeRefusal check_request_line(string_view line, Framing& framing, const HeadLimits& limits)
{
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == string_view::npos || first == last) return Refusal{400, "The request line is malformed."};
    const string_view method = line.substr(0, first);
    const string_view target = line.substr(first + 1, last - first - 1);
    const string_view version = line.substr(last + 1);
    constexpr std::size_t longest_method = 16;
    if (!is_token(method) || method.size() > longest_method) return Refusal{400, "The method is malformed."};
    if (method == "CONNECT" || method == "TRACE") return Refusal{405, "This method is not served."};
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return Refusal{400, "Only HTTP/1.1 and 1.0 are served."};
    framing.http_1_0 = version == "HTTP/1.0";
    if (target.size() > limits.target) return Refusal{414, "The target is too long."};
    std::string path;
    Query query;
    auto refusal = decode_target(target, path, query);
    framing.body = body_rule(path, limits);
    return refusal;
}

MaybeRefusal check_host(string_view value)
{
    string_view name = value;
    string_view port;
    if (value.starts_with('[')) {
        const std::size_t close = value.find(']');
        if (close == string_view::npos) return Refusal{400, "The Host header is malformed."};
        name = value.substr(1, close - 1);
        port = value.substr(close + 1);
        const auto of_address = [](char c) { return is_hex(c) || c == ':' || c == '.'; };
        if (!std::ranges::all_of(name, of_address)) return Refusal{400, "The Host header is malformed."};
    } else if (const std::size_t colon = value.find(':'); colon != string_view::npos) {
        name = value.substr(0, colon);
        port = value.substr(colon);
    }
    const auto of_name = [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == ':';
    };
    const bool good_port =
        port.empty() || (port.front() == ':' && port.size() <= 6 && is_digits(port.substr(1)));
    if (name.empty() || !good_port || !std::ranges::all_of(name, of_name)) {
        return Refusal{400, "The Host header is malformed."};
    }
    return std::nullopt;
}

MaybeRefusal check_length(string_view value, const BodyRule& rule)
{
    if (!is_digits(value)) return Refusal{400, "Content-Length is not one number."};
    std::size_t length = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), length);
    if (read.ec != std::errc{} || length > rule.most) return body_too_large;
    return std::nullopt;
}

MaybeRefusal check_field(string_view name, string_view value, Framing& framing)
{
    if (equal_no_case(name, "host")) {
        ++framing.hosts;
        return check_host(value);
    }
    if (equal_no_case(name, "content-length")) {
        ++framing.lengths;
        return check_length(value, framing.body);
    }
    if (equal_no_case(name, "transfer-encoding")) {
        ++framing.codings;
        if (!equal_no_case(value, "chunked"))
            return Refusal{400, "The only transfer coding taken is chunked."};
    }
    if (equal_no_case(name, "content-encoding") && !equal_no_case(value, "identity")) {
        if (!framing.body.gzip) return Refusal{415, "Bodies are taken uncompressed only."};
        if (!equal_no_case(value, "gzip")) return Refusal{415, "The only content coding taken is gzip."};
    }
    if (equal_no_case(name, "expect") && !equal_no_case(value, "100-continue")) {
        return Refusal{417, "The only expectation met is 100-continue."};
    }
    return std::nullopt;
}

MaybeRefusal check_line(string_view line, Framing& framing)
{
    if (line.front() == ' ' || line.front() == '\t') return Refusal{400, "A header field is folded."};
    const std::size_t colon = line.find(':');
    if (colon == string_view::npos || !is_token(line.substr(0, colon))) {
        return Refusal{400, "A header field is malformed."};
    }
    return check_field(line.substr(0, colon), trimmed(line.substr(colon + 1)), framing);
}

MaybeRefusal check_framing(const Framing& framing)
{
    if (framing.hosts != 1) return Refusal{400, "There must be exactly one Host header."};
    if (framing.lengths > 1) return Refusal{400, "Content-Length is given twice."};
    if (framing.codings > 1) return Refusal{400, "Transfer-Encoding is given twice."};
    if (framing.codings != 0 && framing.lengths != 0) {
        return Refusal{400, "Transfer-Encoding and Content-Length exclude each other."};
    }
    if (framing.codings != 0 && framing.http_1_0) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding."};
    return std::nullopt;
}

bool climbs(string_view path)
{
    for (std::size_t start = 0; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const string_view segment = path.substr(start, end - start);
        if (segment == "." || segment == "..") return true;
        start = end + 1;
    }
    return false;
}

bool read_query(string_view text, Query& query, bool& twice)
{
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = percent_decoded(pair.substr(0, equals), Plus::is_space);
        const auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), Plus::is_space);
        if (!name || !value) return false;
        twice = twice || !query.emplace(*name, *value).second;
    }
    return true;
}

Refusal too_large(string_view head, const HeadLimits& limits)
{
    const bool by_its_target = head.find('\n') > limits.head / 2;
    if (by_its_target) return {414, "The target is too long."};
    return {431, "The header is too large."};
}

}  // namespace

BodyRule body_rule(string_view path, const HeadLimits& limits)
{
    if (is_post_path(path)) return {limits.post, true};
    return {limits.body, false};
}

HeadScan scan_head(string_view received, std::size_t seen, const HeadLimits& limits)
{
    for (std::size_t i = seen; i < received.size(); ++i) {
        const auto byte = static_cast<unsigned char>(received[i]);
        const char before = i == 0 ? '\0' : received[i - 1];
        if (byte == '\n' ? before != '\r' : before == '\r') {
            return {0, Refusal{400, "Lines must end with CR LF."}};
        }
        if (byte == '\n' && i >= 3 && received.substr(i - 3, 4) == "\r\n\r\n") return {i + 1, std::nullopt};
        if ((byte < 0x20 && byte != '\r' && byte != '\n' && byte != '\t') || byte == 0x7F) {
            return {0, Refusal{400, "This is not HTTP/1.1 (a control character in the head)."}};
        }
    }
    if (received.size() < limits.head) return {};
    return {0, too_large(received, limits)};
}

std::optional<Refusal> check_head(string_view head, const HeadLimits& limits)
{
    if (head.size() > limits.head) return too_large(head, limits);
    Framing framing;
    std::size_t lines = 0;
    while (!head.empty()) {
        const std::size_t end = head.find("\r\n");
        const string_view line = head.substr(0, end);
        head.remove_prefix(std::min(line.size() + 2, head.size()));
        if (line.empty() && lines != 0) break;
        const MaybeRefusal refusal =
            lines == 0 ? check_request_line(line, framing, limits) : check_line(line, framing);
        if (refusal) return refusal;
        if (lines++ > limits.fields) return Refusal{431, "There are too many header fields."};
    }
    return check_framing(framing);
}

std::optional<Refusal> decode_target(string_view target, std::string& path, Query& query)
{
    const auto printable = [](char c) { return c > ' ' && c < '\x7F'; };
    if (!target.starts_with('/') || !std::ranges::all_of(target, printable) ||
        target.find('#') != string_view::npos) {
        return Refusal{400, "The target must be a path of printable ASCII."};
    }
    const std::size_t question = std::min(target.find('?'), target.size());
    const auto decoded = percent_decoded(target.substr(0, question), Plus::is_plus);
    if (!decoded) return Refusal{400, "The target holds a malformed escape."};
    if (climbs(*decoded) || decoded->find('\\') != std::string::npos) {
        return Refusal{400, "The path must not hold '.', '..' or a backslash."};
    }
    bool twice = false;
    const string_view rest = target.substr(std::min(question + 1, target.size()));
    if (!read_query(rest, query, twice)) return Refusal{400, "The query holds a malformed escape."};
    if (twice) return Refusal{400, "A parameter is given twice."};
    path = *decoded;
    return std::nullopt;
}

}  // namespace tidegate::web
