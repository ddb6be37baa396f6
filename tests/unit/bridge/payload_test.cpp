#include "bridge/payload.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace tidegate::bridge {
namespace {

using nlohmann::json;

struct PayloadTest : testing::Test {
    store::SeriesTable series;
    std::vector<store::Record> records;
    PayloadRules rules;

    void add(store::Series of, store::Value value, std::int64_t time = 1'764'000'000'123)
    {
        const auto known = series.find(of.topic, of.field);
        const auto id = known ? *known : series.add(std::move(of));
        records.push_back({records.size() + 1, {id, time, std::move(value), 0}});
    }
    Result<std::string> payload() { return payload_of({"pi-1", 0xb7c1, records, series}, rules); }
    json parsed() { return json::parse(payload().value()); }
};

TEST_F(PayloadTest, CarriesTheNewNameAndTheTags)
{
    rules.labels =
        Labels::parse("north/{topic}", {"device={device}", "line={topic:2}", "none={unit}"}).value();
    add({0, "plant/boiler", "/temperature", "boiler-7", "", ""}, 21.5);
    add({0, "x", "", "", "", ""}, true);

    const auto body = parsed();

    EXPECT_EQ(body["records"][0]["topic"], "north/plant/boiler");
    EXPECT_EQ(body["records"][0]["tags"], json({{"device", "boiler-7"}, {"line", "boiler"}}));
    EXPECT_EQ(body["records"][1]["topic"], "north/x");
    EXPECT_FALSE(body["records"][1].contains("tags"));
}

TEST_F(PayloadTest, TellsOfAGapByTheNewNameWhereTheFormatHasAPlaceForIt)
{
    const auto id = series.add({0, "plant/boiler", "", "", "", ""});
    store::Gap gap;
    gap.first_seq = gap.last_seq = 7;
    gap.count = 1;
    gap.reason = "refused";
    gap.parts = {{7, 0, 0, {{id, 1}}}};
    rules.labels = Labels::parse("north/{topic}", {}).value();
    const Delivery delivery{"pi-1", 0xb7c1, {}, series, std::span(&gap, 1)};

    const auto body = json::parse(payload_of(delivery, rules).value());

    EXPECT_EQ(body["gaps"][0]["topic"], "north/plant/boiler");
    EXPECT_TRUE(has_gaps(PayloadFormat::json));
    EXPECT_TRUE(has_gaps(PayloadFormat::cbor));
    EXPECT_FALSE(has_gaps(PayloadFormat::senml));
}

TEST_F(PayloadTest, IsTheSameDocumentAsCbor)
{
    rules.labels = Labels::parse("", {"gateway={gateway}"}).value();
    add({0, "plant/boiler", "/temperature", "", "", "°C"}, 0.1 + 0.2);
    add({0, "plant/counter", "", "", "", ""}, std::numeric_limits<std::int64_t>::min());
    add({0, "plant/name", "", "", "", ""}, std::string("a \"b\"\n\xff"));
    const auto as_json = parsed();
    EXPECT_EQ(content_type_of(rules.format), "application/json");

    rules.format = PayloadFormat::cbor;
    const auto packed = payload().value();

    EXPECT_EQ(json::from_cbor(packed), as_json);
    EXPECT_EQ(as_json["records"][1]["v"].get<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(content_type_of(rules.format), "application/cbor");
}

TEST_F(PayloadTest, IsASenmlPack)
{
    rules.format = PayloadFormat::senml;
    rules.labels = Labels::parse("north/{topic}", {}).value();
    add({0, "plant/line 1/boiler", "/temperature", "", "", "°C"}, 21.5);
    add({0, "plant/valve", "", "", "", "parts"}, true, 1'764'000'000'000);
    add({0, "plant/counter", "/n", "", "", ""}, std::numeric_limits<std::int64_t>::max());
    add({0, "plant/name", "", "", "", ""}, std::string("on"));

    const auto pack = parsed();

    EXPECT_EQ(content_type_of(rules.format), "application/senml+json");
    ASSERT_EQ(pack.size(), 4);
    EXPECT_EQ(pack[0], json({{"bn", "pi-1/"},
                             {"n", "north/plant/line_1/boiler/temperature"},
                             {"u", "Cel"},
                             {"t", 1764000000.123},
                             {"v", 21.5}}));
    EXPECT_EQ(pack[1], json({{"n", "north/plant/valve"}, {"t", 1764000000.0}, {"vb", true}}));
    EXPECT_EQ(pack[2]["v"].get<std::int64_t>(), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(pack[3]["vs"], "on");
}

TEST_F(PayloadTest, GivesASenmlNameAGoodBeginning)
{
    rules.format = PayloadFormat::senml;
    add({0, "t", "", "", "", ""}, 1.0);
    for (const auto* gateway : {"", "-x", "ü"}) {
        const auto text = payload_of({gateway, 1, records, series}, rules).value();
        const auto base = json::parse(text)[0]["bn"].get<std::string>();
        EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(base[0]))) << base;
    }
}

TEST_F(PayloadTest, RefusesWhatSenmlCannotSay)
{
    rules.format = PayloadFormat::senml;
    add({0, "t", "", "", "", ""}, std::numeric_limits<double>::quiet_NaN());
    EXPECT_EQ(payload().error().kind, ErrorKind::invalid);
    records.clear();
    add({0, "t", "", "", "", ""}, 1.0, 1000);
    EXPECT_EQ(payload().error().kind, ErrorKind::invalid);
    records.clear();
    EXPECT_EQ(payload().value(), "[]");
}

}  // namespace
}  // namespace tidegate::bridge
