#include "web/server/export.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace tidegate::web {
namespace {

using nlohmann::json;

constexpr std::int64_t day = 20'416;
constexpr std::int64_t midnight = day * store::day_ms;  // 2025-11-24

std::string lines_of(ExportFormat format, const store::Stretch& stretch, const store::Series& series)
{
    std::string text;
    ExportLines lines(format, series, stretch);
    while (lines.append(text, text.size() + 1)) {  // a line at a time
    }
    EXPECT_EQ(lines.readings(), stretch.readings.size());
    EXPECT_EQ(lines.rollups(), stretch.minutes.size() + stretch.hours.size());
    return text;
}

store::Stretch of_values(const std::vector<store::Value>& values)
{
    store::Stretch stretch{1, day, {}, {}, {}};
    for (const auto& value : values)
        stretch.readings.push_back(
            {midnight + static_cast<std::int64_t>(stretch.readings.size()) * 1000, value, 0});
    return stretch;
}

const store::Series kitchen{1, "tele/kitchen/SENSOR", "/AM2301/Temperature", "", "", ""};

constexpr auto largest = std::numeric_limits<std::int64_t>::max();
constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
constexpr auto infinity = std::numeric_limits<double>::infinity();

TEST(ExportText, WritesReadingsAsCsvWithTheTimeInBothForms)
{
    store::Stretch stretch{1, day, {}, {}, {}};
    stretch.readings.push_back({midnight + 54'245'250, 21.5, store::flag::retained});
    stretch.readings.push_back(
        {midnight + 54'245'251, true, store::flag::retained | store::flag::unsynchronised});
    EXPECT_EQ(lines_of(ExportFormat::csv, stretch, kitchen),
              "tele/kitchen/SENSOR,/AM2301/"
              "Temperature,2025-11-24T15:04:05.250Z,1763996645250,21.5,retained,0,,,,,,\r\n"
              "tele/kitchen/SENSOR,/AM2301/Temperature,2025-11-24T15:04:05.251Z,1763996645251,true,"
              "retained unsynchronised,0,,,,,,\r\n");
}

// RFC 4180, read by the rules that it gives.
std::vector<std::vector<std::string>> read_csv(const std::string& text)
{
    std::vector<std::vector<std::string>> rows(1, {""});
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto& field = rows.back().back();
        if (quoted && text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"')
            field += text[++i];
        else if (text[i] == '"')
            quoted = !quoted;
        else if (quoted || (text[i] != ',' && text[i] != '\r'))
            field += text[i];
        else if (text[i] == ',')
            rows.back().emplace_back();
        else if (++i < text.size() && i + 1 < text.size())
            rows.emplace_back(1, "");
    }
    return rows;
}

TEST(ExportText, QuotesInCsvWhatNeedsIt)
{
    const store::Series awkward{1, "a,b/\"c\"", "/x\r\ny", "", "", ""};
    const std::string text = "say \"hi\", then\r\nleave\n";
    const auto rows = read_csv(std::string(ExportLines::head(ExportFormat::csv)) +
                               lines_of(ExportFormat::csv, of_values({text, std::string()}), awkward));
    ASSERT_EQ(rows.size(), 3U);
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
    EXPECT_EQ(rows[1][0], awkward.topic);
    EXPECT_EQ(rows[1][1], awkward.field);
    EXPECT_EQ(rows[1][4], text);
    EXPECT_EQ(rows[2][4], "");
}

TEST(ExportText, MakesNoFormulaOfASpreadsheetOutOfText)
{
    const store::Series hostile{1, "=cmd|' /C calc'!A0", "@SUM(1)", "", "", ""};
    const auto rows =
        read_csv(std::string(ExportLines::head(ExportFormat::csv)) +
                 lines_of(ExportFormat::csv,
                          of_values({std::string("=HYPERLINK(\"http://evil\")"), std::string("+1"),
                                     std::string("-1"), std::string("\tx"), std::string("a=b"), -1.5}),
                          hostile));
    ASSERT_EQ(rows.size(), 7U);
    EXPECT_EQ(rows[1][0], "'" + hostile.topic);
    EXPECT_EQ(rows[1][1], "'" + hostile.field);
    std::vector<std::string> values;
    for (std::size_t i = 1; i < rows.size(); ++i) values.push_back(rows[i][4]);
    EXPECT_EQ(values, (std::vector<std::string>{"'=HYPERLINK(\"http://evil\")", "'+1", "'-1", "'\tx", "a=b",
                                                "-1.5"}));
}

TEST(ExportText, TellsTextFromNumbersInCsvByItsQuotes)
{
    const auto text = lines_of(ExportFormat::csv,
                               of_values({std::string("5"), std::int64_t{5}, std::string("NaN"), nan,
                                          infinity, -infinity, largest, -largest - 1, -0.0, 0.1, 5e-324}),
                               kitchen);
    std::vector<std::string> values;
    for (std::size_t at = 0; (at = text.find("000,", at)) != std::string::npos;) {
        at += 4;
        values.push_back(text.substr(at, text.find(',', at) - at));
    }
    EXPECT_EQ(values, (std::vector<std::string>{"\"5\"", "5", "\"NaN\"", "NaN", "Infinity", "-Infinity",
                                                "9223372036854775807", "-9223372036854775808", "-0", "0.1",
                                                "5e-324"}));
}

TEST(ExportText, WritesNdjsonThatKeepsIntegersExactAndSaysWhatIsNotFinite)
{
    const auto text = lines_of(
        ExportFormat::ndjson,
        of_values({largest, -largest - 1, true, std::string("a\n\"b\""), nan, infinity, -infinity, 0.1}),
        kitchen);
    std::vector<json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    ASSERT_EQ(lines.size(), 8U);
    EXPECT_EQ(lines[0], json({{"topic", "tele/kitchen/SENSOR"},
                              {"field", "/AM2301/Temperature"},
                              {"time", "2025-11-24T00:00:00.000Z"},
                              {"t", midnight},
                              {"v", largest}}));
    EXPECT_EQ(lines[1]["v"], -largest - 1);
    EXPECT_EQ(lines[2]["v"], true);
    EXPECT_EQ(lines[3]["v"], "a\n\"b\"");
    for (std::size_t i = 4; i < 7; ++i) EXPECT_TRUE(lines[i]["v"].is_null());
    EXPECT_EQ(lines[4]["nonfinite"], "NaN");
    EXPECT_EQ(lines[5]["nonfinite"], "Infinity");
    EXPECT_EQ(lines[6]["nonfinite"], "-Infinity");
    EXPECT_EQ(lines[7]["v"], 0.1);
}

TEST(ExportText, MarksMinutesAndHoursByTheirResolutionAndMergesThemInOrderOfTime)
{
    auto stretch = of_values({1.0, 2.0});
    stretch.readings[0].time_ms = midnight + 30'000;
    stretch.readings[1].time_ms = midnight + 2 * store::hour_ms + 1;
    store::Rollup minute{midnight, 4, -1, 3, 6, 1.0, std::int64_t{3}, 0};
    store::Rollup hour{midnight + store::hour_ms, 2, 0, 0, 0, std::string("on"), std::string("off, now"), 0};
    stretch.minutes.push_back(minute);
    stretch.hours.push_back(hour);

    const auto rows = read_csv(lines_of(ExportFormat::csv, stretch, kitchen));
    ASSERT_EQ(rows.size(), 4U);
    using Row = std::vector<std::string>;
    const auto tail = [](const Row& row) { return Row(row.begin() + 2, row.end()); };
    EXPECT_EQ(tail(rows[0]), (Row{"2025-11-24T00:00:00.000Z", std::to_string(midnight), "", "", "60000", "4",
                                  "-1", "1.5", "3", "1", "3"}));
    EXPECT_EQ(rows[1][4], "1");
    EXPECT_EQ(tail(rows[2]), (Row{"2025-11-24T01:00:00.000Z", std::to_string(midnight + store::hour_ms), "",
                                  "", "3600000", "2", "", "", "", "on", "off, now"}));
    EXPECT_EQ(rows[3][4], "2");

    std::istringstream in(lines_of(ExportFormat::ndjson, stretch, kitchen));
    std::string line;
    std::getline(in, line);
    const auto first = json::parse(line);
    EXPECT_FALSE(first.contains("v")) << "a mean is not to be taken for a reading";
    EXPECT_EQ(first["resolution_ms"], 60'000);
    EXPECT_EQ(first["count"], 4);
    EXPECT_EQ(first["mean"], 1.5);
    EXPECT_EQ(first["last"], 3);
}

}  // namespace
}  // namespace tidegate::web
