#include "gateway/decode/json_trouble.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <vector>

namespace tidegate::gateway {

namespace {

constexpr std::string_view spaces = " \t\r\n";
constexpr std::size_t shown = 20;  // bytes of what stands there

enum class Expected { value, value_or_end, name, name_or_end, colon, separator, nothing };

// "byte 17", and where that is in a text of several lines or of letters that have several bytes.
std::string place(std::string_view text, std::size_t at)
{
    const auto before = text.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto begin = line == 1 ? 0 : before.rfind('\n') + 1;
    const auto is_letter = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; };
    const auto column =
        1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(begin), before.end(), is_letter);
    if (line == 1 && column == static_cast<std::ptrdiff_t>(at) + 1) return fmt::format("byte {}", at + 1);
    return fmt::format("byte {} (line {}, column {})", at + 1, line, column);
}

std::string as_shown(std::string_view token)
{
    const auto first = static_cast<unsigned char>(token.front());
    if (first < 0x20 || first == 0x7f) return fmt::format("the byte 0x{:02x}", first);
    auto length = std::min(token.size(), shown);
    while (length > 1 && length < token.size() && (static_cast<unsigned char>(token[length]) & 0xc0U) == 0x80)
        --length;
    return fmt::format("{}{}", token.substr(0, length), length < token.size() ? "…" : "");
}

bool is_number(std::string_view word)
{
    std::size_t at = word.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
        const auto begin = at;
        while (at < word.size() && std::isdigit(static_cast<unsigned char>(word[at])) != 0) ++at;
        return at - begin;
    };
    const auto whole_at = at;
    const auto whole = digits();
    if (whole == 0 || (whole > 1 && word[whole_at] == '0')) return false;
    if (at < word.size() && word[at] == '.') {
        ++at;
        if (digits() == 0) return false;
    }
    if (at < word.size() && (word[at] == 'e' || word[at] == 'E')) {
        ++at;
        if (at < word.size() && (word[at] == '+' || word[at] == '-')) ++at;
        if (digits() == 0) return false;
    }
    return at == word.size();
}

// Walks through a text as JSON is built, up to the first thing that does not belong where it stands.
class Walk {
public:
    explicit Walk(std::string_view text) : text_(text) {}

    std::string trouble()  // empty: none was found
    {
        while ((at_ = text_.find_first_not_of(spaces, at_)) != std::string_view::npos)
            if (auto found = token(); !found.empty()) return found;
        if (!open_.empty()) return cut_off();
        return expected_ == Expected::nothing ? "" : "it is empty";
    }

private:
    std::string cut_off() const
    {
        return fmt::format(
            "it ends after {} bytes, inside the {} that begins at {}; was it cut off on the way?",
            text_.size(), text_[open_.back()] == '{' ? "object" : "list", place(text_, open_.back()));
    }

    std::string token()
    {
        switch (text_[at_]) {
        case '"': return quoted();
        case '{': return begin(Expected::name_or_end);
        case '[': return begin(Expected::value_or_end);
        case '}':
        case ']': return end();
        case ',': return comma();
        case ':': return colon();
        default: return word();
        }
    }

    std::string quoted()
    {
        const bool name = expected_ == Expected::name || expected_ == Expected::name_or_end;
        if (!name && !takes_value()) return misplaced(text_.substr(at_, 1));
        const auto begin = at_++;
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c < 0x20)
                return fmt::format(
                    "at {} a control character stands inside a text; write it as \\n, \\t or \\u00{:02x}",
                    place(text_, at_), c);
            if (c != '\\') continue;
            if (++at_ == text_.size()) break;
            if (std::string_view("\"\\/bfnrtu").find(text_[at_]) == std::string_view::npos)
                return fmt::format("at {} stands \\{}, which means nothing; write a backslash as \\\\",
                                   place(text_, at_ - 1), as_shown(text_.substr(at_, 1)));
        }
        if (at_ >= text_.size())
            return fmt::format(
                "it ends after {} bytes, inside the text that begins at {}; was it cut off on the way?",
                text_.size(), place(text_, begin));
        ++at_;
        expected_ = name ? Expected::colon : behind_a_value();
        return {};
    }

    std::string begin(Expected inside)
    {
        if (!takes_value()) return misplaced(text_.substr(at_, 1));
        open_.push_back(at_++);
        expected_ = inside;
        return {};
    }

    std::string end()
    {
        const char opening = text_[at_] == '}' ? '{' : '[';
        const bool may = expected_ == Expected::separator || expected_ == Expected::name_or_end ||
                         expected_ == Expected::value_or_end;
        if (!may || open_.empty() || text_[open_.back()] != opening) return misplaced(text_.substr(at_, 1));
        open_.pop_back();
        ++at_;
        expected_ = behind_a_value();
        return {};
    }

    std::string comma()
    {
        if (expected_ != Expected::separator) return misplaced(",");
        ++at_;
        expected_ = text_[open_.back()] == '{' ? Expected::name : Expected::value;
        return {};
    }

    std::string colon()
    {
        if (expected_ != Expected::colon) return misplaced(":");
        ++at_;
        expected_ = Expected::value;
        return {};
    }

    std::string word()
    {
        const auto length = std::min(text_.find_first_of(" \t\r\n,:{}[]\"", at_), text_.size()) - at_;
        const auto found = text_.substr(at_, length);
        if (!takes_value()) return misplaced(found);
        if (found != "true" && found != "false" && found != "null" && !is_number(found))
            return at_ + length == text_.size() && !open_.empty() ? cut_off() : bad_word(found);
        at_ += length;
        expected_ = behind_a_value();
        return {};
    }

    std::string bad_word(std::string_view found) const
    {
        std::string low(found);
        std::ranges::transform(low, low.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const auto stands = fmt::format("at {} stands {}", place(text_, at_), as_shown(found));
        if (low == "nan" || low == "-nan" || low.starts_with("inf") || low.starts_with("-inf"))
            return stands + ", which JSON does not have; send null";
        if (low == "true" || low == "false" || low == "none" || low == "null")
            return stands + "; write true, false and null in small letters, and nothing else for them";
        if (found.front() == '\'') return stands + ", where a value belongs; texts take double quotes";
        if (low.find_first_not_of("0123456789+-.e") == std::string::npos)
            return stands + ", which is no number in JSON; write it like 12, 0.5 or -3e7";
        return stands + ", where a value belongs; texts take double quotes";
    }

    std::string misplaced(std::string_view found) const
    {
        const auto stands = fmt::format("at {} stands {}", place(text_, at_), as_shown(found));
        const bool after_comma = at_ > 0 && text_[text_.find_last_not_of(spaces, at_ - 1)] == ',';
        switch (expected_) {
        case Expected::nothing: return stands + " behind its end; send one object a message";
        case Expected::colon: return stands + ", where a : belongs behind the name";
        case Expected::separator:
            return fmt::format("{}, where a comma or {} belongs", stands,
                               text_[open_.back()] == '{' ? '}' : ']');
        case Expected::name:
        case Expected::name_or_end:
            if (after_comma && found == "}") return stands + " behind a comma; take the comma away";
            return stands + ", where a name in double quotes belongs";
        case Expected::value:
        case Expected::value_or_end: break;
        }
        if (after_comma && found == "]") return stands + " behind a comma; take the comma away";
        return stands + ", where a value belongs";
    }

    bool takes_value() const { return expected_ == Expected::value || expected_ == Expected::value_or_end; }
    Expected behind_a_value() const { return open_.empty() ? Expected::nothing : Expected::separator; }

    std::string_view text_;
    std::size_t at_ = 0;
    Expected expected_ = Expected::value;
    std::vector<std::size_t> open_;  // where what is open begins
};

// What only a parser finds: a number that is too large, bytes that are no UTF-8, half a surrogate.
std::string at_the_parsers_word(std::string_view text, std::size_t broken_at)
{
    for (std::size_t at = 0; at < text.size();) {
        const auto length = static_cast<unsigned char>(text[at]) < 0x80 ? 1 : utf8_sequence(text, at);
        if (length == 0)
            return fmt::format("what stands at {} is no UTF-8; send text as UTF-8", place(text, at));
        at += length;
    }
    const auto at = broken_at == 0 ? 0 : std::min(broken_at, text.size()) - 1;
    if (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0)
        return fmt::format("the number that ends at {} is too large", place(text, at));
    return fmt::format("it cannot be read beyond {}", place(text, at));
}

}  // namespace

std::string json_trouble(std::string_view text, std::size_t broken_at)
{
    auto found = Walk(text).trouble();
    if (found.empty()) found = at_the_parsers_word(text, broken_at);
    return "no JSON: " + found;
}

}  // namespace tidegate::gateway
