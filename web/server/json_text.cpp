#include "web/server/json_text.hpp"

#include <array>
#include <charconv>

namespace tidegate::web::json {
namespace {

constexpr std::int64_t exact_limit = std::int64_t{1} << 53;

template <class T>
void append_chars(std::string& out, T value)
{
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.append(text.data(), end);
}

}  // namespace

void append_field(std::string& out, std::string_view name, std::string_view text)
{
    out += ",\"";
    out += name;
    out += "\":";
    append_string(out, text);
}

void append_time(std::string& out, std::string_view name, std::int64_t time_ms)
{
    out += ",\"";
    out += name;
    out += "\":";
    if (time_ms == 0)
        out += "null";
    else
        append_chars(out, time_ms);
}

void append_integer(std::string& out, std::int64_t value)
{
    append_chars(out, value);
}

void append_unsigned(std::string& out, std::uint64_t value)
{
    append_chars(out, value);
}

void append_value(std::string& out, const store::Value& value)
{
    if (const auto* flag = std::get_if<bool>(&value)) {
        out += *flag ? "true" : "false";
    } else if (const auto* number = std::get_if<double>(&value)) {
        append_number(out, *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        append_string(out, *text);
    } else {
        const auto integer = std::get<std::int64_t>(value);
        const bool exact = integer >= -exact_limit && integer <= exact_limit;
        if (!exact) out += R"({"i":")";
        append_chars(out, integer);
        if (!exact) out += R"("})";
    }
}

}  // namespace tidegate::web::json
