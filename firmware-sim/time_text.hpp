#pragma once

#include <chrono>
#include <cstdint>
#include <fmt/format.h>
#include <string>

namespace tidegate::sim {

// "2026-11-24T05:09:32", without a zone, as Tasmota writes it. The simulated boards live in UTC.
inline std::string time_text(std::int64_t time_ms)
{
    using namespace std::chrono;
    const sys_time<seconds> now(floor<seconds>(milliseconds(time_ms)));
    const auto day = floor<days>(now);
    const year_month_day date(day);
    const hh_mm_ss time(now - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace tidegate::sim
