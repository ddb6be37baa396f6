#pragma once

#include "firmware-sim/message.hpp"

#include <cstdint>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::sim {

struct Recorded {
    std::int64_t time_ms = 0;
    Message message;
};

// A message as one line of JSON: {"t": ms, "topic": …, "payload": …}; bytes that are no UTF-8 as
// "payload_base64".
std::string as_line(const Recorded& recorded);

// Reads a recording line by line: NDJSON of as_line(), or CSV or NDJSON as `tidegate export` writes it. Time
// is "t" in milliseconds, or "time" in ISO 8601; the payload is "payload", "payload_base64" or the value "v",
// which with a "field" becomes JSON with that field alone. In CSV the first line names the columns.
class RecordReader {
public:
    explicit RecordReader(std::istream& in);

    // None: there are no more. std::runtime_error: what is wrong with the line, with its number.
    std::optional<Recorded> next();

private:
    using Columns = std::map<std::string, std::string, std::less<>>;

    std::optional<std::vector<std::string>> csv_line();
    std::optional<Columns> columns();
    Recorded recorded(const Columns& columns) const;
    [[noreturn]] void fail(std::string_view why) const;

    std::istream& in_;
    std::vector<std::string> head_;  // of CSV; empty: it is NDJSON
    std::size_t line_ = 0;
};

// Milliseconds since the epoch; none: it is no time. "2026-11-24T05:00:00.250Z"
std::optional<std::int64_t> time_of(std::string_view text);

}  // namespace tidegate::sim
