#include "store/sealed_group.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tidegate::store {
namespace {

constexpr std::int64_t id = 7LL << 33U | 3;
const std::vector<SealedRow> rows{
    {3, 100, "three"}, {9, 1, ""}, {std::numeric_limits<SeriesId>::max(), 5, "last"}};

TEST(SealedGroup, GivesItsPartsAsTheyWerePutIn)
{
    const auto blob = encode_group(id, PartKind::rollups, rows);
    const auto group = read_group(id, blob);
    ASSERT_TRUE(group);
    EXPECT_EQ(group->kind, PartKind::rollups);
    ASSERT_EQ(group->parts.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(group->parts[i].series, rows[i].series);
        EXPECT_EQ(group->parts[i].count, rows[i].count);
        EXPECT_EQ(group->parts[i].body, rows[i].body);
        EXPECT_TRUE(group->parts[i].is_sound());
    }
}

TEST(SealedGroup, IsDamagedOfAnotherRowOrCutOff)
{
    const auto blob = encode_group(id, PartKind::points, rows);
    EXPECT_FALSE(read_group(id + 1, blob));
    EXPECT_FALSE(read_group(id, blob + "x"));
    for (std::size_t length = 0; length < blob.size(); ++length)
        EXPECT_FALSE(read_group(id, std::string_view(blob).substr(0, length))) << length;
}

TEST(SealedGroup, LosesOnlyThePartThatABitIsFlippedIn)
{
    const auto blob = encode_group(id, PartKind::points, rows);
    const auto bodies = blob.size() - std::string("threelast").size();
    for (std::size_t i = 0; i < blob.size(); ++i) {
        auto flipped = blob;
        flipped[i] ^= 0x10;
        const auto group = read_group(id, flipped);
        if (i < bodies) {
            EXPECT_FALSE(group) << i;
            continue;
        }
        ASSERT_TRUE(group) << i;
        const bool in_first = i < bodies + 5;
        EXPECT_EQ(group->parts[0].is_sound(), !in_first);
        EXPECT_TRUE(group->parts[1].is_sound());
        EXPECT_EQ(group->parts[2].is_sound(), in_first);
    }
}

TEST(SealedGroup, IsAboutAsLongAsItIsToBeAndHoldsAtLeastOne)
{
    const std::vector<SealedRow> small(100, {1, 1, std::string(100, 'a')});
    EXPECT_EQ(group_length(small, 1000), 10U);
    const std::vector<SealedRow> large{{1, 1, "a"}, {2, 1, std::string(5000, 'b')}, {3, 1, "c"}};
    EXPECT_EQ(group_length(large, 1000), 1U) << "what is too long for it is one of its own";
    EXPECT_EQ(group_length(std::span(large).subspan(1), 1000), 1U);
    EXPECT_EQ(group_length({}, 1000), 0U);
}

}  // namespace
}  // namespace tidegate::store
