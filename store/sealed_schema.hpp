#pragma once

#include "store/sealed_file.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tidegate::store::sealed {

// How a file of sealed history is laid out (docs/store-format.md): for what reads, saves and rewrites it.
constexpr int schema_version = 5;  // 1 to 4: other codes, in the first development versions
constexpr int page_size = 1024;    // of the last page of a row, half is lost

// Of the rows of a round, those that were added to minutes when its readings went are in a layer of their
// own.
constexpr int first_layer = 0, layer_of_readings = 1;

constexpr std::int64_t rounds_a_day = 1LL << 20U;

std::string schema_of(Tier tier);

// A row's key: the round, the layer and the first series of the group.
std::int64_t id_of(std::int64_t n, int layer, SeriesId series);
std::int64_t round_of_row(std::int64_t id);

constexpr auto select_round = "SELECT at, n, slot, count, through, from_ms, to_ms, crc FROM round";
constexpr auto insert_round =
    "INSERT INTO round(n, slot, count, through, from_ms, to_ms, crc) VALUES(?, ?, ?, ?, ?, ?, ?)";

// From a row of `select_round`, `at` in column `first`; none: it is damaged.
std::optional<Round> round_of(const Statement& row, int first = 0);
void bind_round(Statement& insert, const Round& round);

}  // namespace tidegate::store::sealed
