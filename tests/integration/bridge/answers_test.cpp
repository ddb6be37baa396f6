#include "base/clock.hpp"
#include "bridge/forwarder.hpp"
#include "bridge/https_sink.hpp"
#include "support/gunzip.hpp"
#include "support/http_server.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <map>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using tests::HttpReply;
using tests::HttpRequest;
using tests::HttpServer;
using tests::wait_until;

// What an HTTP upstream answers, and what the store, the forwarder and the sink make of it together. Readings
// are 0, 1, 2 …; the server takes a delivery only when `answer` says 200.
struct AnswersTest : testing::Test {
    AnswersTest()
    {
        store::StoreOptions quick;
        quick.directory = dir / "data";
        quick.commit_interval = 5ms;
        quick.durability = store::Durability::strict;
        store = store::Store::open(quick).value();
        letters = std::make_unique<store::DeadLetters>(dir / "data");
        series = store->series().add({0, "t", "", "", "", ""});
        store->open_upstream("cloud");
    }
    void start(int count)
    {
        store::Batch batch;
        for (int i = 0; i < count; ++i)
            batch.readings.push_back({series, 1'764'000'000'000 + i, std::int64_t{i}, 0});
        batch.books.received = batch.books.stored_messages = static_cast<std::uint64_t>(count);
        batch.books.read = batch.books.stored_readings = static_cast<std::uint64_t>(count);
        ASSERT_TRUE(store->append(std::move(batch), {}));
        ASSERT_TRUE(store->flush());
        ForwarderOptions options{.name = "cloud", .gateway = "pi", .batch = 200, .first_retry = 5ms};
        options.longest_retry = longest;
        options.dead = letters.get();
        auto sink = HttpsSink::make({.http = {.url = server.url()}}).value();
        forwarder = std::make_unique<Forwarder>(*store, std::move(sink), options);
        ASSERT_TRUE(forwarder->start());
    }
    HttpReply reply(const HttpRequest& request)
    {
        const auto body = json::parse(tests::gunzip(request.body));
        const std::lock_guard lock(mutex);
        auto said = answer(body["records"]);
        if (said.bytes.starts_with("HTTP/1.1 200 OK"))
            for (const auto& record : body["records"]) ++taken[record["v"].get<int>()];
        return said;
    }
    std::map<int, int> all_taken()
    {
        const std::lock_guard lock(mutex);
        return taken;
    }
    void now_answer(std::function<HttpReply(const json&)> how)
    {
        const std::lock_guard lock(mutex);
        answer = std::move(how);
    }
    bool done(std::uint64_t cursor)
    {
        return wait_until([&] { return store->open_upstream("cloud").cursor == cursor; }, 20s);
    }

    tests::TempDir dir;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<store::DeadLetters> letters;
    store::SeriesId series = 0;
    std::chrono::milliseconds longest{50};
    std::mutex mutex;
    std::function<HttpReply(const json&)> answer = [](const json&) { return HttpReply::of("200 OK"); };
    std::map<int, int> taken;
    HttpServer server{[this](const HttpRequest& request) { return reply(request); }};
    std::unique_ptr<Forwarder> forwarder;
};

TEST_F(AnswersTest, SplitsWhatIsTooLargeAndDeliversEachReadingOnce)
{
    now_answer([](const json& records) {
        return HttpReply::of(records.size() > 30 ? "413 Content Too Large" : "200 OK");
    });
    start(1000);

    ASSERT_TRUE(done(1000));
    const auto came = all_taken();
    EXPECT_EQ(came.size(), 1000);
    for (const auto& [value, times] : came) EXPECT_EQ(times, 1) << value;
    EXPECT_EQ(letters->count("cloud"), 0);
    EXPECT_EQ(store->open_upstream("cloud").delivered, 1000);
}

TEST_F(AnswersTest, FindsTheReadingsThatAreRefusedKeepsThemAndSendsThemAgainWhenAsked)
{
    std::atomic<bool> picky = true;
    now_answer([&picky](const json& records) {
        for (const auto& record : records)
            if (picky && record["v"].get<int>() % 400 == 399)
                return HttpReply::of("422 Unprocessable Content", "", "no such point");
        return HttpReply::of("200 OK");
    });
    start(1000);

    ASSERT_TRUE(done(1000));
    EXPECT_EQ(all_taken().size(), 998);
    const auto dead = letters->list("cloud", 0, 10).value();
    ASSERT_EQ(dead.size(), 2);
    EXPECT_EQ(std::get<std::int64_t>(dead[0].record.reading.value), 399);
    EXPECT_EQ(std::get<std::int64_t>(dead[1].record.reading.value), 799);
    EXPECT_THAT(dead[0].why, testing::HasSubstr("no such point"));
    EXPECT_EQ(store->open_upstream("cloud").discarded, (store::Discards{0, 0, 2}));

    picky = false;
    ASSERT_EQ(letters->send_again("cloud").value(), 2);

    ASSERT_TRUE(wait_until([&] { return letters->count("cloud") == 0; }));
    const auto came = all_taken();
    EXPECT_EQ(came.size(), 1000);
    for (const auto& [value, times] : came) EXPECT_EQ(times, 1) << value;
}

TEST_F(AnswersTest, KeepsEverythingAndRaisesAnAlarmWhenCredentialsAreRefused)
{
    for (const auto* status : {"401 Unauthorized", "403 Forbidden"}) {
        now_answer([status](const json&) { return HttpReply::of(status); });
        if (!forwarder) start(100);
        const std::string number(status, 3);
        ASSERT_TRUE(wait_until([&] { return forwarder->status().why.find(number) != std::string::npos; }))
            << status;
        EXPECT_EQ(forwarder->status().alarm, "denied");
    }
    EXPECT_EQ(store->open_upstream("cloud").cursor, 0);
    EXPECT_EQ(letters->count("cloud"), 0);

    now_answer([](const json&) { return HttpReply::of("200 OK"); });

    ASSERT_TRUE(done(100));
    EXPECT_TRUE(wait_until([&] { return forwarder->status().alarm.empty() && forwarder->status().up; }));
}

TEST_F(AnswersTest, CountsNothingForDeliveredThatIsNoAcknowledgement)
{
    const std::vector<HttpReply> answers{
        HttpReply::of("200 Fine", "Content-Type: text/html\r\n", "<h1>Free WiFi</h1>"),
        HttpReply::of("302 Found", "Location: http://127.0.0.1:1/login\r\n"),
        HttpReply::of("500 Internal Server Error"),
        HttpReply::of("503 Service Unavailable"),
        {"HTTP/1.1 202 Accepted\r\n\r\n", HttpReply::Then::go_on_for_ever},
        {"", HttpReply::Then::reset}};
    std::atomic<std::size_t> next = 0;
    now_answer([&](const json&) {
        const auto at = next++;
        return at < answers.size() ? answers[at] : HttpReply::of("200 OK");
    });
    start(100);

    ASSERT_TRUE(done(100));
    const auto came = all_taken();
    EXPECT_GT(next, answers.size());
    EXPECT_EQ(store->open_upstream("cloud").delivered, 100);
    EXPECT_EQ(letters->count("cloud"), 0);
    EXPECT_EQ(came.size(), 100);
}

TEST_F(AnswersTest, GivesUpTheOneReadingThatIsTooLargeByItself)
{
    now_answer([](const json& records) {
        for (const auto& record : records)
            if (record["v"] == 321) return HttpReply::of("413 Content Too Large");
        return HttpReply::of("200 OK");
    });
    start(1000);

    ASSERT_TRUE(done(1000));
    EXPECT_EQ(all_taken().size(), 999);
    EXPECT_EQ(letters->count("cloud"), 1);
    EXPECT_TRUE(forwarder->status().up);
}

TEST_F(AnswersTest, StaysAwayAsLongAs429And503SayAndNotForHours)
{
    std::mutex times_mutex;
    std::vector<std::chrono::steady_clock::time_point> times;
    const std::vector<HttpReply> answers{
        HttpReply::of("429 Too Many Requests", "Retry-After: 1\r\n"),
        HttpReply::of("503 Service Unavailable", "Retry-After: 1\r\n"),
        HttpReply::of("503 Service Unavailable", "Retry-After: 86400\r\n"),
    };
    now_answer([&](const json&) {
        const std::lock_guard lock(times_mutex);
        times.push_back(std::chrono::steady_clock::now());
        return times.size() <= answers.size() ? answers[times.size() - 1] : HttpReply::of("200 OK");
    });
    start(100);
    const auto tried = [&](std::size_t count) {
        return wait_until([&] {
            const std::lock_guard lock(times_mutex);
            return times.size() >= count;
        });
    };
    ASSERT_TRUE(tried(3));
    EXPECT_GE(times[1] - times[0], 1s);
    EXPECT_GE(times[2] - times[1], 1s);
    ASSERT_TRUE(wait_until([&] { return forwarder->status().next_try_ms > wall_ms() + 60'000; }));
    EXPECT_LE(forwarder->status().next_try_ms, wall_ms() + 300'000) << "no more than five minutes";
    EXPECT_EQ(store->open_upstream("cloud").cursor, 0U);

    forwarder->retry_now();
    ASSERT_TRUE(done(100));
    EXPECT_EQ(letters->count("cloud"), 0);
}

TEST_F(AnswersTest, GivesUpALimitedNumberToAServerThatRefusesEverything)
{
    longest = 60s;
    now_answer([](const json&) { return HttpReply::of("400 Bad Request"); });
    start(500);

    ASSERT_TRUE(wait_until([&] { return forwarder->status().alarm == "refuses_everything"; }, 20s));
    EXPECT_EQ(letters->count("cloud"), 10);
    EXPECT_EQ(store->open_upstream("cloud").cursor, 10);
}

}  // namespace
}  // namespace tidegate::bridge
