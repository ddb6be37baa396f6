#include "gateway/decode/families/line_protocol.hpp"

#include "gateway/decode/collector.hpp"
#include "gateway/decode/scalar.hpp"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <utility>

namespace tidegate::gateway {

namespace {

using store::Reject;

// Reads one line from left to right; every step says whether the line is still well formed.
class Line {
public:
    Line(std::string_view text, std::int64_t unit_ns) : text_(text), unit_ns_(unit_ns) {}

    bool read(Decoded& out, const DecodeLimits& limits)
    {
        const auto measurement = word(", ");
        if (measurement.empty() || measurement.find('=') != std::string::npos) return false;
        if (!tags()) return false;
        if (!take(' ')) return false;
        const auto first = out.fields.size();
        do {
            if (!field(measurement, out, limits)) return false;
        } while (take(','));
        return time(out, first) && at_ == text_.size();
    }

private:
    bool take(char c)
    {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    // Up to one of `ends`; a backslash takes what ends a word, and itself, as it is.
    std::string word(std::string_view ends)
    {
        std::string out;
        for (; at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos; ++at_) {
            const bool escape = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                                std::string_view(", =\"\\").find(text_[at_ + 1]) != std::string_view::npos;
            if (escape) ++at_;
            out += text_[at_];
        }
        return out;
    }

    bool tags()
    {
        while (take(',')) {
            const auto key = word("=, ");
            if (key.empty() || !take('=')) return false;
            const auto value = word(", ");
            if (value.empty()) return false;
            if (key == "topic") continue;
            if (!source_.empty()) source_ += ',';
            source_ += fmt::format("{}={}", key, value);
        }
        return true;
    }

    bool field(const std::string& measurement, Decoded& out, const DecodeLimits& limits)
    {
        const auto key = word("=, ");
        if (key.empty() || !take('=')) return false;
        auto value = field_value();
        if (!value) return false;
        if (const auto* real = std::get_if<double>(&*value); real != nullptr && !std::isfinite(*real)) {
            ++out.absent;
            return true;
        }
        if (out.fields.size() >= limits.fields) {
            out.rejected = Reject::too_many_fields;
            return false;
        }
        Field made{{}, std::move(*value)};
        made.pointer = fmt::format("/{}/{}", measurement, key);
        if (made.pointer.size() > Collector::longest_pointer) return false;
        made.source = source_;
        out.fields.push_back(std::move(made));
        return true;
    }

    std::optional<store::Value> field_value()
    {
        if (take('"')) return quoted();
        const auto end = std::min(text_.find_first_of(", ", at_), text_.size());
        const auto text = text_.substr(at_, end - at_);
        at_ = end;
        for (const auto* yes : {"t", "T", "true", "True", "TRUE"})
            if (text == yes) return store::Value(true);
        for (const auto* no : {"f", "F", "false", "False", "FALSE"})
            if (text == no) return store::Value(false);
        if (text.ends_with('i')) return whole<std::int64_t>(text.substr(0, text.size() - 1));
        if (text.ends_with('u')) return unsigned_value(text.substr(0, text.size() - 1));
        return whole<double>(text);
    }

    std::optional<store::Value> quoted()
    {
        std::string out;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"') {
                ++at_;
                return store::Value(std::move(out));
            }
            const bool escape = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                                (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
            if (escape) ++at_;
            out += text_[at_];
        }
        return std::nullopt;
    }

    template <class T>
    static std::optional<store::Value> whole(std::string_view text)
    {
        T value{};
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failed != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
        return store::Value(value);
    }

    static std::optional<store::Value> unsigned_value(std::string_view text)
    {
        std::uint64_t value = 0;
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        // No `?:` here: GCC 12 takes the variant that it makes for uninitialised.
        if (value > most) return store::Value(static_cast<double>(value));
        return store::Value(static_cast<std::int64_t>(value));
    }

    bool time(Decoded& out, std::size_t first)
    {
        if (!take(' ')) return true;
        const auto text = trimmed(text_.substr(at_));
        at_ = text_.size();
        if (text.empty()) return true;
        const auto value = whole<std::int64_t>(text);
        if (!value) return false;
        const auto count = std::get<std::int64_t>(*value);
        const auto time_ms = unit_ns_ == 0 ? milliseconds_of(count) : milliseconds_of(count, unit_ns_);
        for (auto i = first; i < out.fields.size(); ++i) out.fields[i].time_ms = time_ms;
        return true;
    }

    // By its size, between the years 2001 and 2286.
    static std::int64_t milliseconds_of(std::int64_t time)
    {
        constexpr std::int64_t billion = 1'000'000'000;
        if (time >= billion * billion) return time / 1'000'000;
        if (time >= billion * 1'000'000) return time / 1000;
        if (time >= billion * 1000) return time;
        return time >= billion ? time * 1000 : 0;
    }

    // One that no clock shows stays so, and is not believed.
    static std::int64_t milliseconds_of(std::int64_t count, std::int64_t unit_ns)
    {
        constexpr std::int64_t millisecond = 1'000'000;
        if (unit_ns < millisecond) return count / (millisecond / unit_ns);
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        const auto each = unit_ns / millisecond;
        return count > most / each || count < -most / each ? most : count * each;
    }

    std::string_view text_;
    std::int64_t unit_ns_;
    std::size_t at_ = 0;
    std::string source_;
};

}  // namespace

bool looks_like_line_protocol(std::string_view text)
{
    while (text.starts_with('#')) {  // comments
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return false;
        text = trimmed(text.substr(end));
    }
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos || blank == 0) return false;
    const auto equals = text.find('=', blank);
    return equals != std::string_view::npos && equals + 1 < text.size();
}

Decoded read_line_protocol(std::string_view text, const DecodeLimits& limits, std::int64_t unit_ns)
{
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos)
        return rejected(Reject::not_utf8, "line protocol that is not UTF-8");
    Decoded out;
    std::size_t bad = 0;
    bool first = true;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        const auto before = out.fields.size();
        const bool is_first = std::exchange(first, false);
        if (Line(line, unit_ns).read(out, limits)) continue;
        if (out.rejected)
            return rejected(*out.rejected, fmt::format("more than limits.fields = {} values", limits.fields));
        out.fields.resize(before);
        ++bad;
        if (is_first) return rejected(Reject::malformed, "the first line is no line protocol");
    }
    if (out.fields.empty()) return rejected(Reject::no_reading, "line protocol without a value");
    if (bad > 0) out.why = fmt::format("{} lines are no line protocol; the others are kept", bad);
    out.decoder = "line-protocol";
    return out;
}

}  // namespace tidegate::gateway
