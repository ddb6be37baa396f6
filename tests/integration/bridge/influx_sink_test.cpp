#include "bridge/influx_sink.hpp"

#include "base/clock.hpp"
#include "bridge/forwarder.hpp"
#include "support/gunzip.hpp"
#include "support/http_server.hpp"
#include "support/influx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using tests::HttpReply;
using tests::HttpRequest;
using tests::HttpServer;

constexpr std::int64_t at = 1'764'000'000'000;

// Readings as a forwarder would hand them over, one a millisecond.
struct Readings {
    store::SeriesTable series;
    std::vector<store::Record> records;

    void add(const std::string& topic, const std::string& field, store::Value value)
    {
        const auto known = series.find(topic, field);
        const auto id = known ? *known : series.add({0, topic, field, "", "", ""});
        const auto seq = records.size() + 1;
        records.push_back({seq, {id, at + static_cast<std::int64_t>(seq), std::move(value), 0}});
    }
    Delivery delivery() const { return {"pi-1", 0xb7c1, records, series}; }
};

LineRules rules(bool typed_integers = false)
{
    return {SeriesPattern::parse("{topic}").value(), Labels::parse("", {"gateway={gateway}"}).value(),
            typed_integers};
}

std::unique_ptr<InfluxSink> sink_of(const std::string& url, bool typed_integers = false)
{
    InfluxSinkOptions options{.http = {.url = url}, .database = "plant", .rules = rules(typed_integers)};
    return InfluxSink::make(std::move(options)).value();
}

// One influxd for all: it takes a second to start.
tests::Influx& influx()
{
    static tests::Influx running;
    return running;
}

struct InfluxTest : testing::Test {
    InfluxTest()
    {
        influx().query("DROP DATABASE plant");
        influx().query("CREATE DATABASE plant");
    }
    // [time, value] of each point, as InfluxDB has them.
    static json points(const std::string& select)
    {
        const auto answer = json::parse(influx().query(select));
        if (!answer["results"][0].contains("series")) return json::array();
        return answer["results"][0]["series"][0]["values"];
    }
    Readings readings;
};

TEST_F(InfluxTest, GivesBackEveryTypeExactly)
{
    const std::vector<double> doubles{21.5,
                                      -0.1,
                                      0.1 + 0.2,
                                      1e22,
                                      5e-324,
                                      std::numeric_limits<double>::max(),
                                      std::numeric_limits<double>::lowest(),
                                      0};
    const std::vector<std::int64_t> integers{0,
                                             1,
                                             -7,
                                             std::numeric_limits<std::int64_t>::max(),
                                             std::numeric_limits<std::int64_t>::min(),
                                             (std::int64_t{1} << 53) + 1};
    const std::vector<std::string> texts{"",           "on",      "a \"b\" c", "back\\slash\\",
                                         "two\nlines", "°C, ≥ 𝄞", "x,y=z w"};
    for (const auto value : doubles) readings.add("d", "", value);
    for (const auto value : integers) readings.add("i", "", value);
    for (const auto& value : texts) readings.add("s", "", value);
    for (const bool value : {true, false}) readings.add("b", "", value);

    const auto delivered = sink_of(influx().url(), true)->deliver(readings.delivery(), {});

    ASSERT_TRUE(delivered) << delivered.error().what;
    std::vector<double> doubles_back;
    for (const auto& point : points("SELECT value FROM d")) doubles_back.push_back(point[1].get<double>());
    EXPECT_EQ(doubles_back, doubles);
    std::vector<std::int64_t> integers_back;
    for (const auto& point : points("SELECT value FROM i"))
        integers_back.push_back(point[1].get<std::int64_t>());
    EXPECT_EQ(integers_back, integers);
    std::vector<std::string> texts_back;
    for (const auto& point : points("SELECT value FROM s")) texts_back.push_back(point[1].get<std::string>());
    EXPECT_EQ(texts_back, texts);
    const auto flags = points("SELECT value FROM b");
    ASSERT_EQ(flags.size(), 2);
    EXPECT_EQ(flags[0][1], true);
    EXPECT_EQ(flags[1][1], false);
    EXPECT_EQ(points("SELECT value FROM d")[0][0], at + 1);
}

TEST_F(InfluxTest, TakesASeriesThatSaysWholeNumbersNowAndThen)
{
    constexpr std::int64_t beyond = (std::int64_t{1} << 53) + 1;
    readings.add("t", "", std::int64_t{21});
    readings.add("t", "", 21.5);
    readings.add("t", "", beyond);

    const auto delivered = sink_of(influx().url())->deliver(readings.delivery(), {});

    ASSERT_TRUE(delivered) << delivered.error().what;
    const auto floats = points("SELECT value FROM t");
    ASSERT_EQ(floats.size(), 2);
    EXPECT_EQ(floats[0][1], 21);
    EXPECT_EQ(floats[1][1], 21.5);
    EXPECT_EQ(points("SELECT value_integer FROM t")[0][1].get<std::int64_t>(), beyond);
}

TEST_F(InfluxTest, KeepsOnePointWhenABatchComesTwice)
{
    for (int i = 0; i < 100; ++i) readings.add("t", "", static_cast<double>(i));
    const auto sink = sink_of(influx().url());

    for (int i = 0; i < 3; ++i) ASSERT_TRUE(sink->deliver(readings.delivery(), {}));

    EXPECT_EQ(points("SELECT count(value) FROM t")[0][1], 100);
}

TEST_F(InfluxTest, GivesBackTheNamesAsTheyWere)
{
    const std::vector<std::string> topics{"plant/line 1/boiler", "a,b=c d", "\"quoted\"", "°C/≥",
                                          "back\\slash",         "'single'"};
    for (const auto& topic : topics) readings.add(topic, "/a b,c=d", 1.0);

    const auto delivered = sink_of(influx().url())->deliver(readings.delivery(), {});

    ASSERT_TRUE(delivered) << delivered.error().what;
    std::vector<std::string> back;
    for (const auto& row : points("SHOW MEASUREMENTS")) back.push_back(row[0].get<std::string>());
    EXPECT_THAT(back, testing::UnorderedElementsAreArray(topics));
    const auto fields = points("SHOW FIELD KEYS");
    ASSERT_FALSE(fields.empty());
    for (const auto& field : fields) EXPECT_EQ(field[0], "a b,c=d");
    EXPECT_EQ(points("SHOW TAG VALUES WITH KEY = \"gateway\"")[0][1], "pi-1");
}

TEST_F(InfluxTest, StoresNothingOfATopicThatTriesToWriteALineOfItsOwn)
{
    readings.add("a value=1 1\nevil,x=y value=2", "/v\nevil value=3", 1.0);

    ASSERT_TRUE(sink_of(influx().url())->deliver(readings.delivery(), {}));

    EXPECT_EQ(points("SHOW MEASUREMENTS").size(), 1);
    EXPECT_TRUE(points("SELECT * FROM evil").empty());
}

TEST_F(InfluxTest, SaysThatAPointOfAnotherTypeIsInvalid)
{
    readings.add("t", "", 1.0);
    ASSERT_TRUE(sink_of(influx().url())->deliver(readings.delivery(), {}));
    readings.add("t", "", std::string("off"));

    const auto delivered = sink_of(influx().url())->deliver(readings.delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::invalid);
    EXPECT_THAT(delivered.error().what, HasSubstr("field type conflict"));
}

// Store, forwarder, sink and InfluxDB together.
TEST_F(InfluxTest, GetsAllButTheOneReadingThatItRefusesWhichIsKept)
{
    tests::TempDir dir;
    store::StoreOptions quick;
    quick.directory = dir / "data";
    quick.commit_interval = 5ms;
    quick.durability = store::Durability::strict;
    const auto store = store::Store::open(quick).value();
    const auto dead = std::make_unique<store::DeadLetters>(dir / "data");
    const auto id = store->series().add({0, "t", "", "", "", ""});
    store->open_upstream("influx");
    store::Batch batch;
    constexpr int count = 1000, odd = 617;
    for (int i = 0; i < count; ++i) {
        store::Value value = static_cast<double>(i);
        if (i == odd) value = "off";
        batch.readings.push_back({id, at + i, std::move(value), 0});
    }
    batch.books.received = batch.books.stored_messages = count;
    batch.books.read = batch.books.stored_readings = count;
    ASSERT_TRUE(store->append(std::move(batch), {}));
    ASSERT_TRUE(store->flush());
    ForwarderOptions options{.name = "influx", .gateway = "pi-1", .batch = 300, .dead = dead.get()};
    Forwarder forwarder(*store, sink_of(influx().url()), options);
    ASSERT_TRUE(forwarder.start());

    ASSERT_TRUE(tests::wait_until([&] { return store->open_upstream("influx").cursor == count; }, 30s));
    EXPECT_EQ(points("SELECT count(value) FROM t")[0][1], count - 1);
    EXPECT_EQ(points("SELECT sum(value) FROM t")[0][1], count * (count - 1) / 2 - odd);
    const auto letters = dead->list("influx", 0, 10).value();
    ASSERT_EQ(letters.size(), 1);
    EXPECT_EQ(letters[0].record.reading.time_ms, at + odd);
    EXPECT_THAT(letters[0].why, HasSubstr("field type conflict"));
    EXPECT_EQ(store->open_upstream("influx").delivered, count - 1);
}

struct InfluxRetentionTest : InfluxTest {
    // A store that owes as many readings as there are times, and what InfluxDB keeps of them, with an hour's
    // retention.
    void drain(const std::vector<std::int64_t>& times)
    {
        influx().query("CREATE RETENTION POLICY hour ON plant DURATION 1h REPLICATION 1 DEFAULT");
        store::StoreOptions quick;
        quick.directory = dir / "data";
        quick.commit_interval = 5ms;
        quick.durability = store::Durability::strict;
        store = store::Store::open(quick).value();
        dead = std::make_unique<store::DeadLetters>(dir / "data");
        const auto id = store->series().add({0, "t", "", "", "", ""});
        store->open_upstream("influx");
        store::Batch batch;
        for (const auto time : times) batch.readings.push_back({id, time, 1.0, 0});
        batch.books.received = batch.books.stored_messages = times.size();
        batch.books.read = batch.books.stored_readings = times.size();
        ASSERT_TRUE(store->append(std::move(batch), {}));
        ASSERT_TRUE(store->flush());
        ForwarderOptions options{.name = "influx", .gateway = "pi-1", .batch = 500};
        options.longest_retry = options.first_retry = 60s;
        options.dead = dead.get();
        Forwarder forwarder(*store, sink_of(influx().url()), options);
        ASSERT_TRUE(forwarder.start());
        ASSERT_TRUE(
            tests::wait_until([&] { return store->open_upstream("influx").cursor == times.size(); }, 20s))
            << forwarder.status().why;
    }
    tests::TempDir dir;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<store::DeadLetters> dead;
};

TEST_F(InfluxRetentionTest, LetsGoByWhatIsTooOldForItInOneGo)
{
    constexpr int old = 9000, fresh = 1000;
    std::vector<std::int64_t> times;
    for (int i = 0; i < old; ++i) times.push_back(at + i);
    for (int i = 0; i < fresh; ++i) times.push_back(wall_ms() - 10'000 + i);

    drain(times);

    EXPECT_EQ(points("SELECT count(value) FROM t")[0][1], fresh);
    EXPECT_EQ(store->open_upstream("influx").delivered, fresh);
    EXPECT_EQ(store->open_upstream("influx").discarded, (store::Discards{0, 0, old}));
    EXPECT_EQ(dead->count("influx"), old);
    EXPECT_THAT(dead->list("influx", 0, 1).value()[0].why, HasSubstr("points beyond retention policy"));
}

TEST_F(InfluxRetentionTest, KnowsWhichOfABatchAreTooOld)
{
    constexpr int all = 2000;
    std::vector<std::int64_t> times;
    int old = 0;
    for (int i = 0; i < all; ++i) {
        const bool is_old = i % 7 % 2 != 0;
        old += is_old ? 1 : 0;
        times.push_back(is_old ? at + i : wall_ms() - 10'000 + i);
    }

    drain(times);

    EXPECT_EQ(points("SELECT count(value) FROM t")[0][1], all - old);
    EXPECT_EQ(store->open_upstream("influx").delivered, all - old);
    const auto letters = dead->list("influx", 0, all).value();
    EXPECT_EQ(letters.size(), old);
    for (const auto& letter : letters) EXPECT_LT(letter.record.reading.time_ms, at + all);
}

TEST(InfluxSink, SaysOfEachVersionsAnswerWhichRecordsAreTooOld)
{
    const std::string two =
        R"({"code":"unprocessable entity","message":"failure writing points to database: )";
    const std::string newest =
        "partial write: dropped 2 points outside retention policy of duration 24h0m0s - oldest point t at "
        "2022-05-09T10:22:00Z dropped because it violates a Retention Policy Lower Bound at "
        "2025-03-05T16:34:57Z dropped=2 for database: 91040e1b for retention policy: autogen";
    for (const auto& [status, body] : std::vector<std::pair<std::string, std::string>>{
             {"400 Bad Request", R"({"error":"partial write: points beyond retention policy dropped=2"})"},
             {"422 Unprocessable Entity",
              two + R"(partial write: points beyond retention policy dropped=2"})"},
             {"422 Unprocessable Entity", two + newest + R"("})"},
             {"500 Internal Server Error",
              R"({"code":"internal error","message":"unexpected error writing points to database: )"
              R"(partial write: points beyond retention policy dropped=2"})"}}) {
        HttpServer server([&](const HttpRequest&) { return HttpReply::of(status, "", body); });
        Readings readings;
        for (int i = 0; i < 2; ++i) readings.add("t", "", 1.0);
        const auto sink = sink_of(server.url());

        const auto delivered = sink->deliver(readings.delivery(), {});

        ASSERT_FALSE(delivered);
        EXPECT_EQ(delivered.error().kind, ErrorKind::invalid) << body;
        EXPECT_EQ(sink->settled(), 2) << body;
        ASSERT_EQ(sink->refused().size(), 2) << body;
        EXPECT_EQ(sink->refused()[1].index, 1);
        EXPECT_EQ(server.requests().size(), 1);
    }
}

TEST(InfluxSink, NamesNoRecordsWhenItCannotKnowThem)
{
    for (const auto* body : {"partial write: field type conflict dropped=2",
                             "partial write: points beyond retention policy dropped=1",
                             "partial write: points beyond retention policy dropped=99",
                             "partial write: points beyond retention policy dropped="}) {
        // The one that would be too old is taken when it is written once more alone.
        HttpServer server([&](const HttpRequest& request) {
            const bool again =
                tests::gunzip(request.body).find('\n') + 1 == tests::gunzip(request.body).size();
            if (again) return HttpReply::of("204 No Content");
            return HttpReply::of("400 Bad Request", "", body);
        });
        Readings readings;
        for (int i = 0; i < 4; ++i) readings.add("t", "", 1.0);
        const auto sink = sink_of(server.url());

        const auto delivered = sink->deliver(readings.delivery(), {});

        ASSERT_FALSE(delivered);
        EXPECT_EQ(delivered.error().kind, ErrorKind::invalid) << body;
        EXPECT_EQ(sink->settled(), 0) << body;
        EXPECT_TRUE(sink->refused().empty()) << body;
    }
}

TEST_F(InfluxTest, WaitsForADatabaseThatIsNotThere)
{
    influx().query("DROP DATABASE plant");
    readings.add("t", "", 1.0);

    const auto delivered = sink_of(influx().url())->deliver(readings.delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(delivered.error().what, HasSubstr("database not found"));
}

TEST(InfluxAccounts, AreShownAndAWrongPasswordIsDenied)
{
    tests::Influx guarded("auth-enabled = true");
    guarded.query("CREATE USER admin WITH PASSWORD 'secret' WITH ALL PRIVILEGES");
    guarded.query("CREATE DATABASE plant", "admin", "secret");
    Readings readings;
    readings.add("t", "", 1.0);
    const auto deliver = [&](const std::string& password) {
        InfluxSinkOptions options{.http = {.url = guarded.url(), .user = "admin", .password = password},
                                  .database = "plant",
                                  .rules = rules()};
        return InfluxSink::make(std::move(options)).value()->deliver(readings.delivery(), {});
    };

    EXPECT_EQ(deliver("wrong").error().kind, ErrorKind::denied);
    const auto delivered = deliver("secret");
    EXPECT_TRUE(delivered) << delivered.error().what;
}

TEST(InfluxSink, WritesToBothVersionsOfTheApi)
{
    HttpServer server([](const HttpRequest&) { return HttpReply::of("204 No Content"); });
    const auto url = server.url().substr(0, server.url().size() - 3);
    Readings readings;
    readings.add("t", "", 1.0);
    InfluxSinkOptions first{
        .http = {.url = url + "/"}, .database = "a b", .retention_policy = "week", .rules = rules()};
    InfluxSinkOptions second{
        .http = {.url = url}, .org = "o&o", .bucket = "b/c", .token = "abc", .rules = rules()};

    ASSERT_TRUE(InfluxSink::make(std::move(first)).value()->deliver(readings.delivery(), {}));
    ASSERT_TRUE(InfluxSink::make(std::move(second)).value()->deliver(readings.delivery(), {}));

    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 2);
    EXPECT_EQ(requests[0].line, "POST /write?db=a%20b&precision=ms&rp=week HTTP/1.1");
    EXPECT_EQ(requests[0].header("authorization"), "");
    EXPECT_EQ(requests[1].line, "POST /api/v2/write?org=o%26o&bucket=b%2Fc&precision=ms HTTP/1.1");
    EXPECT_EQ(requests[1].header("authorization"), "token abc");
    EXPECT_EQ(tests::gunzip(requests[1].body), "t,gateway=pi-1 value=1 1764000000001\n");
}

TEST(InfluxSink, TakesNoOtherSuccessForAnAcknowledgement)
{
    for (const auto* status : {"200 OK", "202 Accepted"}) {
        HttpServer server([&](const HttpRequest&) { return HttpReply::of(status, "", "{}"); });
        Readings readings;
        readings.add("t", "", 1.0);
        const auto delivered = sink_of(server.url())->deliver(readings.delivery(), {});
        ASSERT_FALSE(delivered) << status;
        EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
        EXPECT_THAT(delivered.error().what, HasSubstr("it is not InfluxDB"));
    }
}

TEST(InfluxSink, NeedsToKnowWhereToWrite)
{
    EXPECT_FALSE(InfluxSink::make({.http = {.url = "http://x"}}));
    EXPECT_FALSE(InfluxSink::make({.http = {.url = "http://x"}, .database = "d", .bucket = "b"}));
    EXPECT_FALSE(InfluxSink::make({.http = {.url = "http://x"}, .bucket = "b"}));
    EXPECT_FALSE(InfluxSink::make({.http = {.url = "x"}, .database = "d"}));
    EXPECT_FALSE(InfluxSink::make({.http = {.url = "http://x"}, .org = "o", .bucket = "b", .token = "a\nb"}));
}

}  // namespace
}  // namespace tidegate::bridge
