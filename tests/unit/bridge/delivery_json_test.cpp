#include "bridge/delivery_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace tidegate::bridge {
namespace {

using nlohmann::json;

struct DeliveryJson : testing::Test {
    store::SeriesTable series;
    std::vector<store::Record> records;

    store::SeriesId add(const std::string& topic, const std::string& field, const std::string& unit = "")
    {
        store::Series added;
        added.topic = topic;
        added.field = field;
        added.unit = unit;
        return series.add(added);
    }
    Delivery delivery(std::string_view gateway = "pi-1") const { return {gateway, 0xb7c1, records, series}; }
    json parsed() const { return json::parse(delivery_json(delivery())); }
    json parsed(const store::Value& value)
    {
        const auto known = series.find("value", "");
        records = {{1, {known ? *known : add("value", ""), 0, value, 0}}};
        return parsed()["records"][0]["v"];
    }
};

TEST_F(DeliveryJson, SaysWhoSendsWhat)
{
    const auto id = add("tele/kitchen/SENSOR", "/AM2301/Temperature", "°C");
    records = {{41, {id, 1'764'000'000'000, 21.4, 0}}, {42, {id, 1'764'000'001'000, 21.5, 0}}};

    EXPECT_EQ(parsed(), json::parse(R"({"gateway":"pi-1","epoch":"000000000000b7c1","records":[
        {"seq":41,"topic":"tele/kitchen/SENSOR","field":"/AM2301/Temperature","t":1764000000000,"v":21.4,"unit":"°C"},
        {"seq":42,"topic":"tele/kitchen/SENSOR","field":"/AM2301/Temperature","t":1764000001000,"v":21.5,"unit":"°C"}],
        "gaps":[]})"));
}

TEST_F(DeliveryJson, LeavesOutUnitAndFlagsWhenThereAreNone)
{
    records = {{1, {add("t", ""), 0, true, 0}}};
    const auto record = parsed()["records"][0];
    EXPECT_FALSE(record.contains("unit"));
    EXPECT_FALSE(record.contains("flags"));
}

TEST_F(DeliveryJson, NamesTheFlags)
{
    const auto id = add("t", "");
    const std::uint8_t both = store::flag::retained | store::flag::unsynchronised;
    records = {{1, {id, 0, 1.0, store::flag::retained}},
               {2, {id, 0, 1.0, store::flag::unsynchronised}},
               {3, {id, 0, 1.0, both}}};
    const auto sent = parsed()["records"];
    EXPECT_EQ(sent[0]["flags"], json({"retained"}));
    EXPECT_EQ(sent[1]["flags"], json({"unsynchronised"}));
    EXPECT_EQ(sent[2]["flags"], json({"retained", "unsynchronised"}));
}

TEST_F(DeliveryJson, MarksWhatIsLate)
{
    const auto id = add("t", "");
    records = {{1, {id, 0, 1.0, 0}}, {2, {id, 0, 1.0, store::flag::retained}}};
    auto late = delivery();
    late.late = true;
    const auto sent = json::parse(delivery_json(late))["records"];
    EXPECT_EQ(sent[0]["flags"], json({"late"}));
    EXPECT_EQ(sent[1]["flags"], json({"retained", "late"}));
}

TEST_F(DeliveryJson, KeepsValuesExactly)
{
    EXPECT_EQ(parsed(store::Value(true)), true);
    EXPECT_EQ(parsed(store::Value(false)), false);
    EXPECT_EQ(parsed(store::Value(std::numeric_limits<std::int64_t>::min())),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(parsed(store::Value(std::numeric_limits<std::int64_t>::max())),
              std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(parsed(store::Value(0.1)), 0.1);
    EXPECT_EQ(parsed(store::Value(1e300)), 1e300);
    EXPECT_EQ(parsed(store::Value(std::string("open \"wide\"\n"))), "open \"wide\"\n");
    EXPECT_EQ(parsed(store::Value(std::nan(""))), nullptr);
    EXPECT_EQ(parsed(store::Value(std::string("\xff"))), "\xef\xbf\xbd");
}

TEST_F(DeliveryJson, IsValidForForeignTopics)
{
    records = {{1, {add("a\"b\\\n\xff", "/\x01", "\xc3"), 0, 1.0, 0}}, {2, {999, 0, 1.0, 0}}};
    const auto sent = parsed()["records"];
    EXPECT_EQ(sent[0]["topic"], "a\"b\\\n\xef\xbf\xbd");
    EXPECT_EQ(sent[0]["unit"], "\xef\xbf\xbd");
    EXPECT_EQ(sent[1]["topic"], "") << "a series that is not known";
}

TEST_F(DeliveryJson, HasAKeyThatIsTheSameForTheSameRecords)
{
    records = {{41, {1, 0, 1.0, 0}}, {540, {1, 0, 1.0, 0}}};
    EXPECT_EQ(delivery_key(delivery()), "pi-1/000000000000b7c1/41-540");
    EXPECT_EQ(delivery_key(delivery("p i\r\nX-Evil: 1\xff")), "piX-Evil:1/000000000000b7c1/41-540");
}

TEST_F(DeliveryJson, SaysOfEachSeriesWhatWillNotCome)
{
    const auto a = add("plant/a", "/t", "°C");
    const auto b = add("plant/b", "", "");
    store::Gap thinned;
    thinned.reason = "bytes";
    thinned.resolution_ms = 60'000;
    thinned.from_ms = 1'764'000'000'000;
    thinned.to_ms = 1'764'000'999'000;
    thinned.first_seq = 11;
    thinned.last_seq = 40;
    thinned.count = 30;
    thinned.parts = {{11, thinned.from_ms, thinned.to_ms, {{a, 10}, {b, 20}}}};
    store::Gap unknown;
    unknown.reason = "damage";
    unknown.first_seq = 41;
    unknown.last_seq = 45;
    unknown.count = 5;
    const std::vector gaps{thinned, unknown};
    auto telling = delivery();
    telling.gaps = gaps;

    EXPECT_EQ(json::parse(delivery_json(telling)),
              json::parse(R"({"gateway":"pi-1","epoch":"000000000000b7c1",
        "records":[],"gaps":[
        {"first":11,"last":20,"topic":"plant/a","field":"/t","from":1764000000000,"to":1764000999000,"count":10,
         "reason":"bytes","resolution_ms":60000},
        {"first":21,"last":40,"topic":"plant/b","field":"","from":1764000000000,"to":1764000999000,"count":20,
         "reason":"bytes","resolution_ms":60000},
        {"first":41,"last":45,"count":5,"reason":"damage"}]})"));
    EXPECT_EQ(delivery_key(telling), "pi-1/000000000000b7c1/gaps/11-45") << "not the key of records";
}

}  // namespace
}  // namespace tidegate::bridge
