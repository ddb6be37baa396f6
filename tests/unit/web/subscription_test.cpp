#include "web/server/subscription.hpp"

#include <gmock/gmock.h>

namespace tidegate::web {
namespace {

using testing::ElementsAre;

SubscriptionWish match(std::vector<std::string> filters)
{
    return {false, std::move(filters), {}};
}

SubscriptionWish ids(std::vector<store::SeriesId> wanted)
{
    return {false, {}, std::move(wanted)};
}

std::vector<store::SeriesId> chosen(const Subscription& subscription, store::SeriesId last)
{
    std::vector<store::SeriesId> result;
    subscription.for_ids(last, [&](store::SeriesId id) { result.push_back(id); });
    return result;
}

void add(store::SeriesTable& table, const std::string& topic)
{
    table.add({0, topic, "", "", "", ""});
}

TEST(Subscription, HasOnlyWhatItsClientMayRead)
{
    store::SeriesTable table;
    for (const auto* topic : {"plant/a", "home/b", "plant/c"}) table.add({0, topic, "", "", "", ""});
    for (auto wish : {SubscriptionWish{}, match({"#"}), match({"home/b", "plant/+"}), ids({1, 2, 3})}) {
        const auto unlimited = wish.key();
        wish.read = {{"plant/#"}};
        EXPECT_NE(wish.key(), unlimited) << "who may read less shares no frame";
        Subscription subscription(wish);
        subscription.extend(table);
        EXPECT_THAT(chosen(subscription, 3), ElementsAre(1, 3));
    }
    SubscriptionWish nothing;
    nothing.read = {};
    Subscription subscription(nothing);
    subscription.extend(table);
    EXPECT_THAT(chosen(subscription, 3), ElementsAre());
}

TEST(Subscription, TakesWishesThatMeanTheSameForOne)
{
    EXPECT_EQ(match({"b/#", "a/#", "b/#"}).key(), match({"a/#", "b/#"}).key());
    EXPECT_EQ(ids({3, 1, 3}).key(), ids({1, 3}).key());
    EXPECT_NE(match({"a", "b"}).key(), match({"a\"1\"b"}).key());
    EXPECT_NE(ids({1, 23}).key(), ids({12, 3}).key());
    EXPECT_NE(ids({}).key(), SubscriptionWish{}.key());
}

TEST(Subscription, FollowsSeriesThatAppearLater)
{
    store::SeriesTable table;
    for (const auto* topic : {"plant/a", "cellar/a", "plant/b"}) add(table, topic);
    Subscription subscription(match({"plant/#"}));
    subscription.extend(table);
    EXPECT_THAT(chosen(subscription, table.last()), ElementsAre(1, 3));

    for (const auto* topic : {"cellar/b", "plant/c"}) add(table, topic);
    subscription.extend(table);

    EXPECT_THAT(chosen(subscription, table.last()), ElementsAre(1, 3, 5));
}

TEST(Subscription, LosesNoneOfManySeries)
{
    store::SeriesTable table;
    for (int i = 0; i < 2500; ++i) add(table, "plant/" + std::to_string(i));
    Subscription subscription(match({"plant/+"}));
    subscription.extend(table);
    EXPECT_EQ(chosen(subscription, table.last()).size(), 2500U);
}

TEST(Subscription, ChoosesByIdOrAll)
{
    EXPECT_THAT(chosen(Subscription(ids({12, 3, 12, 900})), 20), ElementsAre(3, 12));
    EXPECT_THAT(chosen(Subscription(SubscriptionWish{}), 3), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace tidegate::web
