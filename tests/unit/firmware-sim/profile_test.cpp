#include "firmware-sim/profile.hpp"

#include "firmware-sim/device.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <stdexcept>

using namespace tidegate::sim;
using testing::HasSubstr;

namespace {

constexpr std::int64_t noon = 1'764'072'000'000;  // 2025-11-25 12:00 UTC

Profile with(const std::string& device)
{
    return read_profile("family = \"f\"\nabout = \"a\"\n[[device]]\n" + device, "f.toml");
}

std::string fault_of(const std::string& device)
{
    try {
        with(device);
    } catch (const std::runtime_error& problem) {
        return problem.what();
    }
    return "no fault";
}

// What a device of one message says.
std::string said(const std::string& signals, const std::string& payload, std::int64_t time_ms = noon)
{
    const auto profile = with(fmt::format(
        "name = \"d-${{index:03}}\"\n{}\nmessage = [{{topic = \"t\", payload = '{}'}}]", signals, payload));
    return Device(profile, 4, 1).next(time_ms).payload;
}

}  // namespace

TEST(Profile, PutsNameTimeAndValuesIntoPlaces)
{
    EXPECT_EQ(said("", "${device} ${index} ${index:04x} ${seq}"), "d-005 5 0005 0");
    EXPECT_EQ(said("", "${time} ${time:z} ${time:space} ${time:s} ${time:ms} ${time:ns}"),
              "2025-11-25T12:00:00 2025-11-25T12:00:00.000Z 2025-11-25 12:00:00 1764072000 1764072000000 "
              "1764072000000000000");
    EXPECT_EQ(said("signals.x = {mean = 20.46}", "${x:.1f} ${x:d} ${x:06.2f}"), "20.5 20 020.46");
    EXPECT_EQ(said("signals.on = {toggle = true, dwell = 1e9}", "${on} ${on:ON|OFF} ${on:d}"), "true ON 1");
    EXPECT_EQ(said("signals.mode = {texts = [\"idle\"]}", "${mode}"), "idle");
    EXPECT_EQ(said("", R"({"a":{"b":1},"c":"$x"})"), R"({"a":{"b":1},"c":"$x"})");
}

TEST(Profile, MakesSignalsOfSignals)
{
    EXPECT_EQ(
        said("signals.u = {mean = 230}\nsignals.p = {mean = 460}\nsignals.i = {of = \"p\", per = \"u\"}\n"
             "signals.f = {of = \"i\", factor = 1.8, offset = 32, plus = \"u\"}\nsignals.s = {of = \"u\", "
             "times = \"i\"}",
             "${i:.0f} ${f:.1f} ${s:.0f}"),
        "2 265.6 460");
}

TEST(Profile, CountsUpAtItsRateAndRollsOver)
{
    const auto profile = with(
        "name = \"d\"\nsignals.p = {mean = 300}\nsignals.e = {counter = \"p\", factor = 2, start = 900, "
        "rollover = 1000}\nmessage = [{topic = \"t\", payload = \"${e:.0f}\"}]");
    Device device(profile, 0, 1);
    EXPECT_EQ(device.next(noon).payload, "900");
    EXPECT_EQ(device.next(noon + 600'000).payload, "0");
    EXPECT_EQ(device.next(noon + 1'200'000).payload, "100");
}

TEST(Profile, SpeaksByItsOwnClock)
{
    const auto profile = with("name = \"d\"\nmessage = [{topic = \"t\", payload = \"${time:ms}\"}]");
    Device device(profile, 0, 1);
    device.set_clock(-noon);
    EXPECT_EQ(device.next(noon + 5).payload, "5");
}

TEST(Profile, SaysWhereItIsWrong)
{
    const std::string message = "message = [{topic = \"t\", payload = \"1\"}]\n";
    EXPECT_EQ(fault_of("name = \"d\"\n" + message), "no fault");
    EXPECT_THAT(fault_of("name = \"d\"\n"), HasSubstr("a device needs at least one [[device.message]]"));
    EXPECT_THAT(fault_of(message), HasSubstr("f.toml:3: name: is missing"));
    EXPECT_THAT(fault_of("name = \"d\"\n" + message + "colour = 1\n"),
                HasSubstr("f.toml:6: colour: is no key"));
    EXPECT_THAT(fault_of("name = \"d\"\nmessage = [{topic = \"t\", payload = \"${x}\"}]"),
                HasSubstr("f.toml:5: payload: ${x}: there is no such signal"));
    EXPECT_THAT(
        fault_of("name = \"d\"\nsignals.x = {mean = 1}\nmessage = [{topic = \"t\", payload = \"${x:q}\"}]"),
        HasSubstr("no number is written so"));
    EXPECT_THAT(fault_of("name = \"d\"\nmessage = [{topic = \"${index\", payload = \"1\"}]"),
                HasSubstr("without its }"));
    EXPECT_THAT(fault_of("name = \"d\"\nsignals.x = {men = 1}\n" + message),
                HasSubstr("a signal has one of"));
    EXPECT_THAT(fault_of("name = \"d\"\nsignals.x = {of = \"y\"}\nsignals.y = {of = \"x\"}\n" + message),
                HasSubstr("is made of itself"));
    EXPECT_THAT(fault_of("name = \"d\"\nsignals.time = {mean = 1}\n" + message),
                HasSubstr("no signal can have this name"));
    EXPECT_THAT(fault_of("name = \"d\"\nturns = [\"a\"]\n" + message),
                HasSubstr("no message of the name \"a\""));
    EXPECT_THAT(fault_of("name = \"d\"\nshare = 0\n" + message), HasSubstr("a share is 1 to 100"));
    EXPECT_THAT(fault_of("name = \"d\"\nmessage = [{topic = \"t\", payload = \"1\", form = \"xml\"}]"),
                HasSubstr("forms are text"));
    EXPECT_THAT(fault_of("name = "), HasSubstr("f.toml:4"));
}

TEST(Profile, OfTheProgramAreAllRight)
{
    std::size_t devices = 0;
    for (const auto& [file, text] : builtin_profiles()) {
        const auto profile = read_profile(text, std::string(file));
        EXPECT_EQ(profile.family + ".toml", file);
        EXPECT_FALSE(profile.decoder.empty()) << file;
        devices += profile.kinds.size();
    }
    EXPECT_GE(builtin_profiles().size(), 25U);
    EXPECT_GE(devices, 28U);
}
