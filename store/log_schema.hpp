#pragma once

#include "store/log.hpp"

#include <cstdint>
#include <string>

// How log.db is laid out, for those who make one: the log itself, and its salvage.
namespace tidegate::store {

std::uint64_t draw_epoch();

namespace log_schema {

inline constexpr int version = 2;      // 1: batches of points, in the first development versions
inline constexpr int page_size = 512;  // a small commit dirties little

inline constexpr auto sql = R"(
    CREATE TABLE head(epoch INTEGER NOT NULL);
    -- seq: of the batch's last reading. state before batch, so that an update of it stays on the row's first page.
    CREATE TABLE log(seq INTEGER PRIMARY KEY, state BLOB NOT NULL, batch BLOB NOT NULL);
)";

std::string set_epoch(std::uint64_t epoch);

// A row without readings, to say where the log stands.
std::string set_last(std::uint64_t seq, const LogState& state);

// The state of a row that is there.
std::string set_state(std::uint64_t seq, const LogState& state);

}  // namespace log_schema
}  // namespace tidegate::store
