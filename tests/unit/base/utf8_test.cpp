#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace tidegate {
namespace {

TEST(Shown, LeavesNothingThatSteersATerminal)
{
    EXPECT_EQ(shown("a\x1b[2J\nb\x7f"), "a?[2J?b?");
    EXPECT_EQ(shown("\xc2\x9b"
                    "31m"),
              "?31m")
        << "a control character of C1, as UTF-8";
    EXPECT_EQ(shown("\x9b"
                    "31m"),
              "?31m")
        << "and as the terminal may take a byte";
    EXPECT_EQ(shown("\xc2\xa0\xc3\xa4 \xe2\x86\x92 \xf0\x9f\x8c\x8a"),
              "\xc2\xa0\xc3\xa4 \xe2\x86\x92 \xf0\x9f\x8c\x8a")
        << "text stays";
    EXPECT_EQ(shown("\xe2\x86"), "??") << "half a character";
}

}  // namespace
}  // namespace tidegate
