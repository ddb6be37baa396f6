#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

namespace tidegate::store {

// The files of sealed history, by what they hold: readings and minutes of a UTC day, hours of a UTC month.
enum class Tier : std::uint8_t { readings, minutes, hours };
std::string_view to_string(Tier tier);

std::int64_t day_of(std::int64_t time_ms);              // days since the Unix epoch
std::int64_t month_of(std::int64_t day);                // months since the Unix epoch
std::int64_t first_day_of(std::int64_t month);          // its first day
std::int64_t period_of(Tier tier, std::int64_t day);    // the day itself, or its month
std::int64_t start_ms(Tier tier, std::int64_t period);  // of the period
std::int64_t width_ms(Tier tier);                       // of an entry; 0 for readings

// day-YYYYMMDD.db, min-YYYYMMDD.db, hour-YYYYMM.db.
std::filesystem::path sealed_path(const std::filesystem::path& directory, Tier tier, std::int64_t period);

// The files of a tier that are there, by period.
std::map<std::int64_t, std::filesystem::path> sealed_files(const std::filesystem::path& directory, Tier tier);

}  // namespace tidegate::store
