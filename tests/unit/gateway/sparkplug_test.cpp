#include "decode_house.hpp"
#include "gateway/decode/families/sparkplug_b.pb.h"

#include <functional>

namespace tidegate::gateway {
namespace {

using store::Reject;
using store::Value;

std::string payload(std::uint64_t seq, const std::function<void(sparkplug::Payload&)>& fill = {})
{
    sparkplug::Payload out;
    out.set_timestamp(1'764'000'000'000);
    out.set_seq(seq);
    if (fill) fill(out);
    return out.SerializeAsString();
}

sparkplug::Metric& add(sparkplug::Payload& out,
                       const std::string& name,
                       std::uint64_t alias,
                       std::uint32_t type)
{
    auto& metric = *out.add_metrics();
    if (!name.empty()) metric.set_name(name);
    metric.set_alias(alias);
    if (type != 0) metric.set_datatype(type);
    return metric;
}

std::string birth()
{
    return payload(0, [](auto& out) {
        auto& level = add(out, "Tank/Level", 7, 9);
        level.set_float_value(12.1F);
        level.mutable_properties()->add_keys("engUnit");
        level.mutable_properties()->add_values()->set_string_value("mm");
        add(out, "Offset", 8, 3).set_int_value(static_cast<std::uint32_t>(-5));
    });
}

TEST(Sparkplug, NamesAliasesByTheBirthAndKeepsTypesAndUnits)
{
    House house;
    house.hear("spBv1.0/g/NBIRTH/n", birth());
    EXPECT_EQ(house.value("/Tank/Level"), Value(12.1)) << "a float32 is the decimal that it was";
    EXPECT_EQ(house.value("/Offset"), Value(std::int64_t{-5}));
    const auto data = house.hear("spBv1.0/g/NDATA/n", payload(1, [](auto& out) {
                                     add(out, "", 7, 0).set_float_value(13.5F);
                                     add(out, "", 8, 0).set_int_value(static_cast<std::uint32_t>(-6));
                                 }));
    EXPECT_EQ(house.value("/Tank/Level"), Value(13.5));
    EXPECT_EQ(house.value("/Offset"), Value(std::int64_t{-6}));
    EXPECT_EQ(house.unit("/Tank/Level"), "mm");
    EXPECT_EQ(house.series("/Tank/Level").device, "g/n");
    EXPECT_EQ(data.time_ms, 1'764'000'000'000);
    EXPECT_TRUE(house.decoder.take_requests().empty());
}

TEST(Sparkplug, SaysByBirthsAndDeathsWhoIsThere)
{
    House house;
    house.hear("spBv1.0/g/NBIRTH/n", birth());
    auto words = house.decoder.take_words();
    ASSERT_EQ(words.size(), 1U);
    EXPECT_EQ(words[0].device, "g/n");
    EXPECT_TRUE(words[0].there);
    house.hear("spBv1.0/g/DBIRTH/n/pump", birth());
    EXPECT_EQ(house.decoder.take_words().at(0).device, "g/n/pump");
    house.hear("spBv1.0/g/DDEATH/n/pump", payload(2));
    words = house.decoder.take_words();
    EXPECT_FALSE(words.at(0).there);
    EXPECT_FALSE(words.at(0).below);
    house.hear("spBv1.0/g/NDEATH/n", payload(0));
    words = house.decoder.take_words();
    EXPECT_FALSE(words.at(0).there);
    EXPECT_TRUE(words.at(0).below) << "with the node its devices are gone";
    house.hear("spBv1.0/g/NDATA/n", payload(1));
    EXPECT_TRUE(house.decoder.take_words().empty());
}

TEST(Sparkplug, HeedsNoDeathOfALifeBeforeTheLastBirth)
{
    House house;
    const auto of_life = [](std::uint64_t life) {
        return payload(0, [life](auto& out) { add(out, "bdSeq", 1, 8).set_long_value(life); });
    };
    house.hear("spBv1.0/g/NBIRTH/n", of_life(5));
    house.decoder.take_words();
    EXPECT_EQ(house.hear("spBv1.0/g/NDEATH/n", of_life(4)).rejected, Reject::no_reading);
    EXPECT_TRUE(house.decoder.take_words().empty());
    house.hear("spBv1.0/g/NDATA/n", payload(1, [](auto& out) { add(out, "a", 7, 9).set_float_value(1); }));
    EXPECT_TRUE(house.decoder.take_requests().empty()) << "it lives, and nothing is missing";
    house.hear("spBv1.0/g/NDEATH/n", of_life(5));
    ASSERT_EQ(house.decoder.take_words().size(), 1U);
}

TEST(Sparkplug, AsksForARebirthWhenAMessageIsMissingAndNotTooOften)
{
    House house;
    house.hear("spBv1.0/g/NBIRTH/n", birth());
    const auto data = [](std::uint64_t seq) {
        return payload(seq, [](auto& out) { add(out, "", 7, 9).set_float_value(1); });
    };
    house.hear("spBv1.0/g/NDATA/n", data(1));
    house.hear("spBv1.0/g/NDATA/n", data(1));
    EXPECT_TRUE(house.decoder.take_requests().empty()) << "the same number again is no gap";
    house.hear("spBv1.0/g/NDATA/n", data(5));
    const auto asked = house.decoder.take_requests();
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].topic, "spBv1.0/g/NCMD/n");
    sparkplug::Payload command;
    ASSERT_TRUE(command.ParseFromString(asked[0].payload));
    EXPECT_EQ(command.metrics(0).name(), "Node Control/Rebirth");
    EXPECT_TRUE(command.metrics(0).boolean_value());
    house.hear("spBv1.0/g/NDATA/n", data(9));
    EXPECT_TRUE(house.decoder.take_requests().empty()) << "it was asked a second ago";
}

TEST(Sparkplug, GoesRoundAfter255)
{
    House house;
    house.hear("spBv1.0/g/NBIRTH/n", birth());
    for (std::uint64_t i = 1; i <= 600; ++i)
        house.hear("spBv1.0/g/NDATA/n",
                   payload(i % 256, [](auto& out) { add(out, "", 7, 9).set_float_value(1); }));
    EXPECT_TRUE(house.decoder.take_requests().empty());
}

TEST(Sparkplug, KeepsValuesWhoseAliasNobodyHasNamed)
{
    House house;
    house.hear("spBv1.0/g/DDATA/n/d",
               payload(3, [](auto& out) { add(out, "", 9, 10).set_double_value(2.5); }));
    EXPECT_EQ(house.value("/alias:9"), Value(2.5));
    EXPECT_EQ(house.decoder.take_requests().size(), 1U);
}

TEST(Sparkplug, TakesDataSetsTemplatesAndArraysApart)
{
    House house;
    house.hear("spBv1.0/g/NBIRTH/n", payload(0, [](auto& out) {
                   auto& set = *add(out, "Table", 1, 16).mutable_dataset_value();
                   set.add_columns("a");
                   set.add_types(1);
                   set.add_rows()->add_elements()->set_int_value(0xff);
                   auto& motor = *add(out, "Motor", 2, 19).mutable_template_value();
                   auto& rpm = *motor.add_metrics();
                   rpm.set_name("rpm");
                   rpm.set_datatype(10);
                   rpm.set_double_value(1500.5);
                   add(out, "Words", 3, 23).set_bytes_value(std::string("\x01\x00\xff\xff", 4));
                   add(out, "Bits", 4, 32).set_bytes_value(std::string("\x03\x00\x00\x00\xa0", 5));
                   add(out, "Raw", 5, 17).set_bytes_value("xyz");
                   add(out, "Gone", 6, 10).set_is_null(true);
                   add(out, "Big", 7, 8).set_long_value(~std::uint64_t{0});
               }));
    EXPECT_EQ(house.value("/Table/0/a"), Value(std::int64_t{-1}));
    EXPECT_EQ(house.value("/Motor/rpm"), Value(1500.5));
    EXPECT_EQ(house.value("/Words/1"), Value(std::int64_t{-1}));
    EXPECT_EQ(house.value("/Bits/0"), Value(true));
    EXPECT_EQ(house.value("/Bits/1"), Value(false));
    EXPECT_EQ(house.value("/Big"), Value(18446744073709551615.0));
    EXPECT_EQ(house.field("/Raw"), nullptr);
    EXPECT_EQ(house.field("/Gone"), nullptr);
}

TEST(Sparkplug, TellsADeathAndAHostsStateAsAvailability)
{
    House house;
    const auto death = house.hear("spBv1.0/g/NDEATH/n",
                                  payload(0, [](auto& out) { add(out, "bdSeq", 0, 4).set_long_value(3); }));
    EXPECT_EQ(death.fields.at(0).kind, Kind::availability);
    house.hear("spBv1.0/STATE/scada", R"({"online":true,"timestamp":1764000000000})");
    EXPECT_EQ(house.value("/online"), Value(true));
    EXPECT_EQ(house.hear("spBv1.0/g/NDATA/n", "\xff\xff\xff").rejected, Reject::malformed);
}

}  // namespace
}  // namespace tidegate::gateway
