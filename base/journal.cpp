#include "base/journal.hpp"

#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace tidegate::log {

namespace {

constexpr std::size_t most_fields = 24;
constexpr std::size_t longest_name = 40;

bool is_word(std::string_view text)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && text.size() <= longest_name && text[0] >= 'a' && text[0] <= 'z' &&
           std::ranges::all_of(text, fits);
}

std::string upper(std::string_view text)
{
    std::string out(text);
    for (auto& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return out;
}

// Takes a value off the front of `rest`: up to the next space, or what is between quotes.
std::string take_value(std::string_view& rest)
{
    std::string value;
    if (!rest.starts_with('"')) {
        const auto end = std::min(rest.find(' '), rest.size());
        value = rest.substr(0, end);
        rest.remove_prefix(end);
        return value;
    }
    std::size_t at = 1;
    for (; at < rest.size() && rest[at] != '"'; ++at) {
        if (rest[at] == '\\' && at + 1 < rest.size() && rest[at + 1] != 'x') ++at;
        value += rest[at];
    }
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return value;
}

}  // namespace

std::vector<std::string> journal_fields(std::string_view line, int priority)
{
    std::vector<std::string> fields{fmt::format("MESSAGE={}", line), fmt::format("PRIORITY={}", priority)};
    const auto first = line.substr(0, std::min(line.find(' '), line.size()));
    if (is_word(first)) fields.push_back(fmt::format("TIDEGATE_EVENT={}", first));
    auto rest = line;
    while (!rest.empty() && fields.size() < most_fields) {
        const auto end = rest.find_first_of(" =");
        if (end == rest.npos) break;
        const auto name = rest.substr(0, end);
        const bool has_value = rest[end] == '=' && is_word(name);
        rest.remove_prefix(end + 1);
        if (has_value) fields.push_back(fmt::format("TIDEGATE_{}={}", upper(name), take_value(rest)));
    }
    return fields;
}

bool send_to_journal(std::string_view line, int priority)
{
    auto fields = journal_fields(line, priority);
    std::vector<iovec> parts;
    parts.reserve(fields.size());
    for (auto& field : fields) parts.push_back({field.data(), field.size()});
    return sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace tidegate::log
