#include "store/read_ahead.hpp"

#include "store/queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace tidegate::store {
namespace {

constexpr std::int64_t page = 512;

// How often the disk is asked for these pages, each of which has to come as it lies there.
std::size_t reads_of(const std::vector<std::int64_t>& offsets)
{
    ReadAhead ahead;
    std::size_t reads = 0;
    for (const auto offset : offsets) {
        if (ahead.is_worth_it(offset, page)) {
            auto& window = ahead.window(offset, static_cast<std::size_t>(ReadAhead::window_bytes));
            for (std::size_t i = 0; i < window.size(); ++i)
                window[i] = static_cast<char>((offset + static_cast<std::int64_t>(i)) / page);
            ++reads;
        }
        const auto bytes = ahead.at(offset, page);
        if (bytes.empty()) {
            ++reads;
            continue;
        }
        EXPECT_EQ(bytes.size(), std::size_t{page});
        EXPECT_EQ(bytes, std::string(std::size_t{page}, static_cast<char>(offset / page)));
    }
    return reads;
}

TEST(ReadAhead, AsksTheDiskOnceForManyPagesThatFollowOneAnother)
{
    std::vector<std::int64_t> offsets(1000);
    for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = static_cast<std::int64_t>(i) * page;
    EXPECT_LE(reads_of(offsets), 1000U * page / ReadAhead::window_bytes + 3);
}

TEST(ReadAhead, ReadsNoMoreThanIsAskedForWhereReadingGoesBackwards)
{
    std::vector<std::int64_t> offsets;
    for (std::int64_t i = 1000; i > 0; --i) offsets.push_back(i * 2 * ReadAhead::window_bytes);
    EXPECT_EQ(reads_of(offsets), offsets.size());
}

TEST(ReadAhead, ForgetsWhatItHasWhenItIsDropped)
{
    ReadAhead ahead;
    ahead.window(0, 4096).assign(4096, 'x');
    ASSERT_FALSE(ahead.at(100, 10).empty());
    ahead.drop();
    EXPECT_TRUE(ahead.at(100, 10).empty());
}

TEST(Queue, HandsEverythingOverInOrderThoughItHoldsLittle)
{
    Queue<std::unique_ptr<int>> queue(2);
    std::jthread giver([&] {
        for (int i = 0; i < 1000; ++i) queue.put(std::make_unique<int>(i));
        queue.close();
    });
    int expected = 0;
    while (auto one = queue.take()) EXPECT_EQ(**one, expected++);
    EXPECT_EQ(expected, 1000);
}

}  // namespace
}  // namespace tidegate::store
