#include "web/server/export.hpp"

#include "base/clock.hpp"
#include "base/time_text.hpp"
#include "web/server/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace tidegate::web {
namespace {

constexpr std::size_t piece_bytes = 64UL * 1024;
constexpr std::int64_t piece_ms = 50;
constexpr std::size_t date_length = 11;  // "2026-11-24T"

// A spreadsheet would take it for a formula, and do what it says (OWASP, CSV injection). Its apostrophe says
// that it is text.
std::string_view guard_of(std::string_view text)
{
    constexpr std::string_view formula = "=+-@\t\r";
    return !text.empty() && formula.find(text.front()) != std::string_view::npos ? "'" : "";
}

void append_quoted(std::string& out, std::string_view text)
{
    out += '"';
    out += guard_of(text);
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void append_at_need_quoted(std::string& out, std::string_view text)
{
    if (text.find_first_of(",\"\r\n") == std::string_view::npos)
        out.append(guard_of(text)).append(text);
    else
        append_quoted(out, text);
}

std::string_view name_of_nonfinite(double value)
{
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

// CSV

void append_csv_number(std::string& out, double value)
{
    if (std::isfinite(value))
        json::append_number(out, value);
    else
        out += name_of_nonfinite(value);
}

// Text is always quoted, so that "5" is not 5.
void append_csv_value(std::string& out, const store::Value& value)
{
    if (const auto* flag = std::get_if<bool>(&value))
        out += *flag ? "true" : "false";
    else if (const auto* number = std::get_if<double>(&value))
        append_csv_number(out, *number);
    else if (const auto* integer = std::get_if<std::int64_t>(&value))
        json::append_integer(out, *integer);
    else
        append_quoted(out, std::get<std::string>(value));
}

// NDJSON. Integers are written in full: 64 bits are exact for whoever reads them so.
void append_json_value(std::string& out, const store::Value& value)
{
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        json::append_integer(out, *integer);
    else
        json::append_value(out, value);  // null for what is not finite
}

bool has_numbers(const store::Rollup& rollup)  // texts have none
{
    return !std::holds_alternative<std::string>(rollup.first);
}

double mean_of(const store::Rollup& rollup)
{
    return rollup.sum / static_cast<double>(rollup.count);
}

// "15:04:05.250Z" of a time on the day.
void append_clock(std::string& out, std::int64_t ms)
{
    const auto digits = [](std::int64_t value, std::int64_t unit) {
        return static_cast<char>('0' + value / unit % 10);
    };
    const auto hours = ms / 3'600'000, minutes = ms / 60'000 % 60, seconds = ms / 1000 % 60;
    const std::array text{digits(hours, 10),
                          digits(hours, 1),
                          ':',
                          digits(minutes, 10),
                          digits(minutes, 1),
                          ':',
                          digits(seconds, 10),
                          digits(seconds, 1),
                          '.',
                          digits(ms, 100),
                          digits(ms, 10),
                          digits(ms, 1),
                          'Z'};
    out.append(text.data(), text.size());
}

std::string prefix_of(ExportFormat format, const store::Series& series, std::int64_t day_ms)
{
    std::string prefix;
    if (format == ExportFormat::csv) {
        append_at_need_quoted(prefix, series.topic);
        prefix += ',';
        append_at_need_quoted(prefix, series.field);
        prefix += ',';
    } else {
        prefix += R"({"topic":)";
        json::append_string(prefix, series.topic);
        prefix += R"(,"field":)";
        json::append_string(prefix, series.field);
        prefix += R"(,"time":")";
    }
    prefix += std::string_view(format_time(day_ms)).substr(0, date_length);
    return prefix;
}

}  // namespace

std::optional<ExportFormat> export_format(std::string_view name)
{
    if (name == "csv") return ExportFormat::csv;
    if (name == "ndjson") return ExportFormat::ndjson;
    return std::nullopt;
}

std::string_view content_type(ExportFormat format)
{
    return format == ExportFormat::csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
}

ExportLines::ExportLines(ExportFormat format, const store::Series& series, const store::Stretch& stretch)
    : format_(format),
      stretch_(stretch),
      prefix_(prefix_of(format, series, stretch.day * store::day_ms)),
      day_ms_(stretch.day * store::day_ms)
{
}

std::string_view ExportLines::head(ExportFormat format)
{
    return format == ExportFormat::csv
               ? "topic,field,time,t,v,flags,resolution_ms,count,min,mean,max,first,last\r\n"
               : "";
}

// Up to and with t.
void ExportLines::begin_line(std::string& out, std::int64_t time_ms) const
{
    out += prefix_;
    append_clock(out, time_ms - day_ms_);
    out += format_ == ExportFormat::csv ? "," : R"(","t":)";
    json::append_integer(out, time_ms);
}

void ExportLines::append_reading(std::string& out, const store::Point& point) const
{
    begin_line(out, point.time_ms);
    const bool retained = (point.flags & store::flag::retained) != 0;
    const bool unsynchronised = (point.flags & store::flag::unsynchronised) != 0;
    if (format_ == ExportFormat::csv) {
        out += ',';
        append_csv_value(out, point.value);
        out += ',';
        if (retained) out += "retained";
        if (retained && unsynchronised) out += ' ';
        if (unsynchronised) out += "unsynchronised";
        out += ",0,,,,,,\r\n";
        return;
    }
    out += R"(,"v":)";
    append_json_value(out, point.value);
    if (const auto* number = std::get_if<double>(&point.value);
        number != nullptr && !std::isfinite(*number)) {
        out += R"(,"nonfinite":")";
        out += name_of_nonfinite(*number);
        out += '"';
    }
    if (retained || unsynchronised) {
        out += R"(,"flags":[)";
        if (retained) out += R"("retained")";
        if (retained && unsynchronised) out += ',';
        if (unsynchronised) out += R"("unsynchronised")";
        out += ']';
    }
    out += "}\n";
}

void ExportLines::append_rollup(std::string& out, const store::Rollup& rollup, std::int64_t width_ms) const
{
    const std::array numbers{rollup.min, mean_of(rollup), rollup.max};
    begin_line(out, rollup.start_ms);
    if (format_ == ExportFormat::csv) {
        out += ",,,";
        json::append_integer(out, width_ms);
        out += ',';
        json::append_unsigned(out, rollup.count);
        for (const auto number : numbers) {
            out += ',';
            if (has_numbers(rollup)) append_csv_number(out, number);
        }
        for (const auto* value : {&rollup.first, &rollup.last}) {
            out += ',';
            append_csv_value(out, *value);
        }
        out += "\r\n";
        return;
    }
    out += R"(,"resolution_ms":)";
    json::append_integer(out, width_ms);
    out += R"(,"count":)";
    json::append_unsigned(out, rollup.count);
    constexpr std::array names{R"(,"min":)", R"(,"mean":)", R"(,"max":)"};
    for (std::size_t i = 0; i < names.size() && has_numbers(rollup); ++i) {
        out += names.at(i);
        json::append_number(out, numbers.at(i));
    }
    out += R"(,"first":)";
    append_json_value(out, rollup.first);
    out += R"(,"last":)";
    append_json_value(out, rollup.last);
    out += "}\n";
}

bool ExportLines::append(std::string& out, std::size_t most)
{
    const auto time_or_end = [](const auto& list, std::size_t next, auto time) {
        return next < list.size() ? list[next].*time : std::numeric_limits<std::int64_t>::max();
    };
    for (;;) {
        const auto reading = time_or_end(stretch_.readings, next_reading_, &store::Point::time_ms);
        const auto minute = time_or_end(stretch_.minutes, next_minute_, &store::Rollup::start_ms);
        const auto hour = time_or_end(stretch_.hours, next_hour_, &store::Rollup::start_ms);
        const auto next = std::min({reading, minute, hour});
        if (next == std::numeric_limits<std::int64_t>::max()) return false;
        if (out.size() >= most) return true;
        if (hour == next)
            append_rollup(out, stretch_.hours[next_hour_++], store::hour_ms);
        else if (minute == next)
            append_rollup(out, stretch_.minutes[next_minute_++], store::minute_ms);
        else
            append_reading(out, stretch_.readings[next_reading_++]);
    }
}

Export::Export(std::unique_ptr<store::Archive> archive, ExportFormat format)
    : archive_(std::move(archive)),
      format_(format)
{
}

Result<> Export::next_stretch(const std::stop_token& stop)
{
    auto stretch = archive_->next(stop);
    if (!stretch) return stretch.error();
    if (*stretch == nullptr) {
        ended_ = true;
        return {};
    }
    const auto& series = archive_->series();
    const auto found = std::lower_bound(series.begin(), series.end(), (*stretch)->series,
                                        [](const auto& one, auto id) { return one.id < id; });
    lines_.emplace(format_, *found, **stretch);
    return {};
}

Result<std::string> Export::next(const std::stop_token& stop)
{
    std::string piece;
    if (!std::exchange(begun_, true)) piece = ExportLines::head(format_);
    for (const auto deadline = boot_ms() + piece_ms; !ended_ && piece.size() < piece_bytes;) {
        if (!lines_) {
            if (auto done = next_stretch(stop); !done) return done.error();
        } else if (!lines_->append(piece, piece_bytes)) {
            readings_ += lines_->readings();
            rollups_ += lines_->rollups();
            lines_.reset();
        }
        if (boot_ms() >= deadline) break;
    }
    return piece;
}

std::uint64_t Export::readings() const
{
    return readings_ + (lines_ ? lines_->readings() : 0);
}

std::uint64_t Export::rollups() const
{
    return rollups_ + (lines_ ? lines_->rollups() : 0);
}

}  // namespace tidegate::web
