#include "base/time_text.hpp"

#include <gtest/gtest.h>

namespace tidegate {
namespace {

constexpr std::int64_t now = 1'795'532'400'000;  // 2026-11-24T15:00:00Z

TEST(TimeText, ReadsEveryFormThatIsPromised)
{
    for (const auto* text :
         {"2026-11-24T15:00:00Z", "2026-11-24T15:00Z", "2026-11-24 15:00", "2026-11-24t15:00:00z",
          "2026-11-24T16:00:00+01:00", "2026-11-24T16:00+0100", "2026-11-24T12:30:00-02:30",
          "2026-11-24T15:00:00.000Z", "1795532400000", "now", "-0s"})
        EXPECT_EQ(parse_time(text, now), now) << text;
    EXPECT_EQ(parse_time("2026-11-24", now), now - 15 * 3'600'000);
    EXPECT_EQ(parse_time("2026-11-24T15:00:00.250", now), now + 250);
    EXPECT_EQ(parse_time("2026-11-24T15:00:00.25Z", now), now + 250);
    EXPECT_EQ(parse_time("2026-11-24T15:00:00.2509999Z", now), now + 250) << "what is finer is cut off";
    EXPECT_EQ(parse_time("-24h", now), now - 86'400'000);
    EXPECT_EQ(parse_time("-7d", now), now - 7 * 86'400'000LL);
    EXPECT_EQ(parse_time("-90min", now), now - 5'400'000);
    EXPECT_EQ(parse_time("0", now), 0);
    EXPECT_EQ(parse_time("2024-02-29", now), 1'709'164'800'000);
}

TEST(TimeText, RefusesWhatIsNoTime)
{
    for (const auto* text : {"",
                             "yesterday",
                             "24h",
                             "-24",
                             "-h",
                             "2026-11",
                             "2026-13-01",
                             "2026-02-29",
                             "2026-11-24T",
                             "2026-11-24T25:00",
                             "2026-11-24T15",
                             "2026-11-24T15:60",
                             "2026-11-24T15:00:60",
                             "2026-11-24T15:00:00.",
                             "2026-11-24T15:00:00X",
                             "2026-11-24T15:00:00+25:00",
                             "2026-11-24T15:00:00Z ",
                             " 2026-11-24",
                             "1e12",
                             "-99999999d",
                             "12345678901234567890",
                             "253402300800000",
                             "2026-11-24T15:00:00+01:00Z"})
        EXPECT_EQ(parse_time(text, now), std::nullopt) << text;
}

TEST(TimeText, WritesWhatItReads)
{
    EXPECT_EQ(format_time(now + 7), "2026-11-24T15:00:00.007Z");
    EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000Z");
    for (const std::int64_t time : {0LL, 1LL, 951'782'399'999LL, 1'709'251'199'999LL, 253'402'300'799'999LL})
        EXPECT_EQ(parse_time(format_time(time), now), time);
}

}  // namespace
}  // namespace tidegate
