#include "base/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::log {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::SizeIs;

TEST(Journal, HasEventPriorityAndEachKeyOfALineAsFields)
{
    const std::string line =
        "load_level level=2 was=1 why=\"intake ring at 55 %\" effect=\"bulk is \\\"thinned\\\"\"";
    EXPECT_THAT(journal_fields(line, 6),
                ElementsAre("MESSAGE=" + line, "PRIORITY=6", "TIDEGATE_EVENT=load_level", "TIDEGATE_LEVEL=2",
                            "TIDEGATE_WAS=1", "TIDEGATE_WHY=intake ring at 55 %",
                            "TIDEGATE_EFFECT=bulk is \"thinned\""));
}

TEST(Journal, MakesNoFieldOfWhatIsNoKey)
{
    EXPECT_THAT(
        journal_fields("Überlauf at http://host/?a=b and 7=8, =9 x=", 3),
        ElementsAre("MESSAGE=Überlauf at http://host/?a=b and 7=8, =9 x=", "PRIORITY=3", "TIDEGATE_X="));
}

TEST(Journal, KeepsToAFewFieldsHoweverLongALineIs)
{
    std::string line = "flood";
    for (int i = 0; i < 1000; ++i) line += " key=value";
    const auto fields = journal_fields(line, 4);
    EXPECT_THAT(fields, SizeIs(24));
    EXPECT_THAT(fields, Contains("TIDEGATE_EVENT=flood"));
}

TEST(Journal, EndsWithTheLineWhereAQuoteIsNeverClosed)
{
    EXPECT_THAT(journal_fields("lost why=\"no end\\", 4), Contains("TIDEGATE_WHY=no end\\"));
}

}  // namespace
}  // namespace tidegate::log
