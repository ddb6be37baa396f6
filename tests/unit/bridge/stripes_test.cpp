#include "bridge/stripes.hpp"

#include "bridge/delivery_json.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace tidegate::bridge {
namespace {

// Records 1 to `count`, of series 1 to `series` in turn.
struct Records {
    Records(std::uint64_t count, std::uint32_t series)
    {
        for (std::uint64_t seq = 1; seq <= count; ++seq)
            records.push_back({seq, {static_cast<store::SeriesId>(seq % series + 1), 0, 1.0, 0}});
    }
    Delivery delivery(std::size_t part) const
    {
        Delivery made{"pi", 7, records, table};
        made.part = part;
        return made;
    }
    store::SeriesTable table;
    std::vector<store::Record> records;
};

TEST(Stripes, HaveEachRecordOnceAndASeriesInOneStripeInItsOrder)
{
    const Records records(1000, 13);
    const auto delivery = records.delivery(100);
    Stripes stripes(delivery, 4);
    ASSERT_EQ(stripes.count(), 4);

    std::set<std::uint64_t> seen;
    std::set<std::string> keys;
    std::map<store::SeriesId, std::pair<std::size_t, std::uint64_t>> last;  // stripe and seq
    for (std::size_t i = 0; i < stripes.count(); ++i)
        while (const auto part = stripes.next(i)) {
            ASSERT_LE(part->records.size(), 100);
            EXPECT_TRUE(keys.insert(delivery_key(*part)).second);
            for (const auto& record : part->records) {
                EXPECT_TRUE(seen.insert(record.seq).second);
                const auto [known, fresh] = last.try_emplace(record.reading.series, i, record.seq);
                if (fresh) continue;
                ASSERT_EQ(known->second.first, i) << "a series is in one stripe";
                ASSERT_LT(known->second.second, record.seq) << "and in its order";
                known->second.second = record.seq;
            }
        }
    EXPECT_EQ(seen.size(), 1000);
}

TEST(Stripes, SettleNoFurtherThanToTheFirstRecordThatWasNotTaken)
{
    const Records records(40, 2);  // series 2 and 1 in turn: odd seqs are of series 2
    const auto delivery = records.delivery(10);
    Stripes stripes(delivery, 2);

    const auto even = stripes.next(0);  // of stripe 0: series 2, seqs 1, 3, … 19
    ASSERT_EQ(even->records.front().seq, 1);
    EXPECT_EQ(delivery_key(*even), "pi/0000000000000007/1-19/1of2");
    ASSERT_EQ(stripes.next(1)->records.front().seq, 2);
    EXPECT_EQ(stripes.settled(), 0);

    stripes.taken(0);
    EXPECT_EQ(stripes.settled(), 1) << "2 was not taken";
    ASSERT_TRUE(stripes.next(0));
    stripes.taken(0);
    EXPECT_EQ(stripes.settled(), 1);
    stripes.taken(1);
    EXPECT_EQ(stripes.settled(), 21) << "22 was not";
    ASSERT_TRUE(stripes.next(1));
    stripes.taken(1);
    EXPECT_EQ(stripes.settled(), 40);
    EXPECT_FALSE(stripes.next(0));
}

TEST(Stripes, OfOnePartAreTheDeliveryAsItIs)
{
    const Records records(10, 3);
    for (const std::size_t part : {0, 10, 500}) {
        const auto delivery = records.delivery(part);
        Stripes stripes(delivery, 8);
        ASSERT_EQ(stripes.count(), 1);
        const auto all = stripes.next(0);
        ASSERT_TRUE(all);
        EXPECT_EQ(all->records.data(), records.records.data()) << "not copied";
        EXPECT_EQ(delivery_key(*all), "pi/0000000000000007/1-10");
        EXPECT_FALSE(stripes.next(0));
    }
}

TEST(Stripes, NeverTakeGapsApart)
{
    const store::SeriesTable table;
    const std::vector<store::Gap> gaps(3);
    Delivery delivery{"pi", 7, {}, table, gaps};
    delivery.part = 1;
    Stripes stripes(delivery, 8);
    ASSERT_EQ(stripes.count(), 1);
    const auto all = stripes.next(0);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->gaps.size(), 3);
    EXPECT_FALSE(stripes.next(0));
    stripes.taken(0);
    EXPECT_EQ(stripes.settled(), 0);
}

}  // namespace
}  // namespace tidegate::bridge
