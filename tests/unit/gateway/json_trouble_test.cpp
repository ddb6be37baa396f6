#include "gateway/decode/json_trouble.hpp"

#include "gateway/decode/decoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tidegate::gateway {
namespace {

std::string why(const std::string& payload)
{
    return Decoder().decode({"lab/x", payload, 1000, false}).why;
}

TEST(JsonTrouble, SaysWhatStandsWhereAndWhatToDo)
{
    const std::vector<std::pair<std::string, std::string>> cases = {
        {R"({"a":1)",
         "it ends after 6 bytes, inside the object that begins at byte 1; was it cut off on the way?"},
        {R"({"a":[1,{"b":2})",
         "it ends after 15 bytes, inside the list that begins at byte 6; was it cut off on the way?"},
        {R"({"a":"x)",
         "it ends after 7 bytes, inside the text that begins at byte 6; was it cut off on the way?"},
        {R"({"a)",
         "it ends after 3 bytes, inside the text that begins at byte 2; was it cut off on the way?"},
        {R"({"a":)",
         "it ends after 5 bytes, inside the object that begins at byte 1; was it cut off on the way?"},
        {R"({a:1})", "at byte 2 stands a, where a name in double quotes belongs"},
        {R"({'a':1})", "at byte 2 stands 'a', where a name in double quotes belongs"},
        {R"({"a" 1})", "at byte 6 stands 1, where a : belongs behind the name"},
        {R"({"a":1 "b":2})", "at byte 8 stands \", where a comma or } belongs"},
        {R"({"a":1,})", "at byte 8 stands } behind a comma; take the comma away"},
        {R"({"a":[1,]})", "at byte 9 stands ] behind a comma; take the comma away"},
        {R"({"a":1}x)", "at byte 8 stands x behind its end; send one object a message"},
        {R"({"a":1}})", "at byte 8 stands } behind its end; send one object a message"},
        {R"({"a":[1})", "at byte 8 stands }, where a comma or ] belongs"},
        {R"({"a":NaN})", "at byte 6 stands NaN, which JSON does not have; send null"},
        {R"({"a":-inf})", "at byte 6 stands -inf, which JSON does not have; send null"},
        {R"({"a":True})",
         "at byte 6 stands True; write true, false and null in small letters, and nothing else for them"},
        {R"({"a":01})", "at byte 6 stands 01, which is no number in JSON; write it like 12, 0.5 or -3e7"},
        {R"({"a":.5})", "at byte 6 stands .5, which is no number in JSON; write it like 12, 0.5 or -3e7"},
        {R"({"a":'x'})", "at byte 6 stands 'x', where a value belongs; texts take double quotes"},
        {R"({"a":on})", "at byte 6 stands on, where a value belongs; texts take double quotes"},
        {R"({"a":})", "at byte 6 stands }, where a value belongs"},
        {R"({"a":"x\q"})", R"(at byte 8 stands \q, which means nothing; write a backslash as \\)"},
        {"{\"a\":\"x\ty\"}",
         R"(at byte 8 a control character stands inside a text; write it as \n, \t or \u0009)"},
        {R"({"a":1e999})", "the number that ends at byte 10 is too large"},
        {"{\"a\":\"\xff\"}", "what stands at byte 7 is no UTF-8; send text as UTF-8"},
        {"{\n \"a\": 1,\n \"b\": nan\n}",
         "at byte 18 (line 3, column 7) stands nan, which JSON does not have; send null"},
        {"{\"\u00fc\":nan}", "at byte 7 (line 1, column 6) stands nan, which JSON does not have; send null"}};
    for (const auto& [payload, said] : cases) EXPECT_EQ(why(payload), "no JSON: " + said) << payload;
}

// Nothing of a library's own words, whatever comes: they name its classes and say nothing of what to do.
TEST(JsonTrouble, NeverShowsTheWordsOfALibrary)
{
    const std::string sound = R"({"a":[1,-2.5e3,"x\u00e9\n"],"b":{"c":true,"d":null}})";
    for (std::size_t at = 0; at < sound.size(); ++at)
        for (const char other : {'"', '{', '}', '[', ']', ',', ':', '\\', 'x', '9', '\0', '\xc3', '\n'}) {
            auto broken = sound;
            broken[at] = other;
            const auto decoded = Decoder().decode({"lab/x", broken, 1000, false});
            EXPECT_EQ(decoded.why.find("exception"), std::string::npos) << broken;
            EXPECT_EQ(decoded.why.find("json."), std::string::npos) << broken;
            if (decoded.rejected == store::Reject::malformed) {
                EXPECT_EQ(decoded.why.find('\n'), std::string::npos) << broken;
                EXPECT_NE(decoded.why.find("byte"), std::string::npos) << broken << ": " << decoded.why;
            }
        }
    for (std::size_t length = 1; length < sound.size(); ++length)
        EXPECT_NE(why(sound.substr(0, length)).find("was it cut off"), std::string::npos) << length;
}

TEST(JsonTrouble, CutsWhatStandsThere)
{
    const auto said = why(R"({"a":)" + std::string(5000, 'x') + "}");
    EXPECT_LT(said.size(), 120U);
}

TEST(JsonTrouble, SaysOfMessagePackWhereItBreaks)
{
    Decoder decoder;
    ASSERT_TRUE(decoder.read_as("#", "messagepack"));
    EXPECT_EQ(decoder
                  .decode({"lab/x",
                           "\x82\xa1"
                           "a",
                           1000, false})
                  .why,
              "MessagePack: it ends after 3 bytes, before all that it announces has come; was it cut off on "
              "the way?");
    EXPECT_EQ(
        decoder
            .decode({"lab/x",
                     "\x81\xa1"
                     "a\xc1",
                     1000, false})
            .why,
        "MessagePack: what stands at byte 4 is none; mend the sender, or name another decoder in a [[rule]]");
}

}  // namespace
}  // namespace tidegate::gateway
