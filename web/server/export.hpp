#pragma once

#include "store/archive.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace tidegate::web {

enum class ExportFormat { csv, ndjson };
std::optional<ExportFormat> export_format(std::string_view name);
std::string_view content_type(ExportFormat format);

// A stretch of history as text, line by line in order of time (docs/api.md, "Export").
class ExportLines {
public:
    // Both outlive it.
    ExportLines(ExportFormat format, const store::Series& series, const store::Stretch& stretch);

    static std::string_view head(ExportFormat format);  // before all lines; may be empty

    // Appends lines until `out` has `most` bytes, or one line more. False: there are no more.
    bool append(std::string& out, std::size_t most);

    std::uint64_t readings() const { return next_reading_; }  // written so far
    std::uint64_t rollups() const { return next_minute_ + next_hour_; }

private:
    void begin_line(std::string& out, std::int64_t time_ms) const;
    void append_reading(std::string& out, const store::Point& point) const;
    void append_rollup(std::string& out, const store::Rollup& rollup, std::int64_t width_ms) const;

    ExportFormat format_;
    const store::Stretch& stretch_;
    std::string prefix_;  // of every line: topic and field, then the date
    std::int64_t day_ms_;
    std::size_t next_reading_ = 0, next_minute_ = 0, next_hour_ = 0;
};

// An archive as text, piece by piece: no more than a stretch and a piece is in memory. Used by one thread at
// a time.
class Export {
public:
    Export(std::unique_ptr<store::Archive> archive, ExportFormat format);

    // The next piece, of some 64 KiB; less, or nothing, when it took too long to find so much. `stop` ends it
    // (unavailable).
    Result<std::string> next(const std::stop_token& stop);
    bool ended() const { return ended_; }  // the last piece was the last one

    const store::Archive& archive() const { return *archive_; }
    std::uint64_t readings() const;  // written so far
    std::uint64_t rollups() const;   // minutes and hours that stand in for thinned readings

private:
    Result<> next_stretch(const std::stop_token& stop);

    std::unique_ptr<store::Archive> archive_;
    ExportFormat format_;
    std::optional<ExportLines> lines_;
    std::uint64_t readings_ = 0, rollups_ = 0;  // of the stretches before
    bool begun_ = false, ended_ = false;
};

}  // namespace tidegate::web
