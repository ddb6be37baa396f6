#include "bridge/kafka_sink.hpp"

#include "bridge/forwarder.hpp"
#include "support/certificate.hpp"
#include "support/delivery.hpp"
#include "support/kafka.hpp"
#include "support/port.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <thread>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using tests::everything_in;
using tests::MockKafka;

KafkaSinkOptions options_of(const MockKafka& kafka)
{
    KafkaSinkOptions options;
    options.url = kafka.url();
    options.topic = "readings";
    options.acknowledged_within = 5s;
    return options;
}

TEST(KafkaSink, WritesARecordAReadingWithItsSeriesForAKey)
{
    const MockKafka kafka(1, "readings", 4);
    const auto sink = KafkaSink::make(options_of(kafka)).value();
    const tests::Records records(20);

    const auto delivered = sink->deliver(records.delivery(), {});

    ASSERT_TRUE(delivered) << delivered.error().what;
    const auto came = everything_in(kafka, "readings");
    ASSERT_EQ(came.size(), 20);
    for (std::size_t i = 0; i < came.size(); ++i) {
        EXPECT_EQ(came[i].key, "plant/boiler#/temperature");
        EXPECT_EQ(came[i].partition, came[0].partition);
        EXPECT_EQ(came[i].time_ms, 1'764'000'000'000);
        EXPECT_EQ(came[i].idempotency_key,
                  "pi-1/000000000000b7c1/" + std::to_string(i + 1) + "-" + std::to_string(i + 1));
        const auto body = json::parse(came[i].value);
        EXPECT_EQ(body["gateway"], "pi-1");
        ASSERT_EQ(body["records"].size(), 1);
        EXPECT_EQ(body["records"][0]["seq"], i + 1);
        EXPECT_EQ(body["records"][0]["v"], i + 1);
    }
}

TEST(KafkaSink, WritesARecordADeliveryWhenAskedTo)
{
    const MockKafka kafka(1, "readings", 1);
    auto options = options_of(kafka);
    options.whole_batches = true;
    const auto sink = KafkaSink::make(options).value();
    const tests::Records records(20);

    ASSERT_TRUE(sink->deliver(records.delivery(), {}));

    const auto came = everything_in(kafka, "readings");
    ASSERT_EQ(came.size(), 1);
    EXPECT_EQ(came[0].key, "pi-1");
    EXPECT_EQ(came[0].idempotency_key, "pi-1/000000000000b7c1/1-20");
    EXPECT_EQ(json::parse(came[0].value)["records"].size(), 20);
}

TEST(KafkaSink, TriesWhatABrokerCannotTakeNowAgainAndWritesItOnce)
{
    MockKafka kafka(1, "readings", 1);
    const auto sink = KafkaSink::make(options_of(kafka)).value();
    kafka.answer({RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
    const tests::Records records(50);

    const auto delivered = sink->deliver(records.delivery(), {});

    ASSERT_TRUE(delivered) << delivered.error().what;
    EXPECT_EQ(everything_in(kafka, "readings").size(), 50);
}

TEST(KafkaSink, DoesNotCountWhatNoBrokerAcknowledged)
{
    MockKafka kafka(1, "readings", 1);
    auto options = options_of(kafka);
    options.acknowledged_within = 1s;
    const auto sink = KafkaSink::make(options).value();
    const tests::Records records(3);
    kafka.down(1);

    const auto delivered = sink->deliver(records.delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(sink->settled(), 0);
    EXPECT_EQ(sink->reopened(), 1);
    kafka.up(1);
    // As the forwarder does: librdkafka may take longer than one try to connect again.
    ASSERT_TRUE(tests::wait_until([&] { return sink->deliver(records.delivery(), {}).has_value(); }));
    std::set<std::string> keys;
    for (const auto& record : everything_in(kafka, "readings")) keys.insert(record.idempotency_key);
    EXPECT_EQ(keys.size(), 3);
}

TEST(KafkaSink, SaysThatARecordWhichIsTooLargeIsInvalid)
{
    const MockKafka kafka(1, "readings", 1);
    auto options = options_of(kafka);
    options.whole_batches = true;
    const auto sink = KafkaSink::make(options).value();
    const tests::Records many(20'000);

    const auto delivered = sink->deliver(many.delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::invalid);
}

// Readings 1 to `count`; each of `large` is a text that no broker takes.
struct LargeRecords {
    LargeRecords(std::uint64_t count, const std::set<std::uint64_t>& large)
    {
        const auto id = series.add({0, "plant/boiler", "", "", "", ""});
        for (std::uint64_t seq = 1; seq <= count; ++seq) {
            store::Value value = static_cast<double>(seq);
            if (large.contains(seq)) value = std::string(1'100'000, 'x');
            records.push_back({seq, {id, 1'764'000'000'000, std::move(value), 0}});
        }
    }
    Delivery delivery() const { return {"pi-1", 0xb7c1, records, series}; }
    store::SeriesTable series;
    std::vector<store::Record> records;
};

TEST(KafkaSink, NamesTheRecordsThatAreTooLargeAndWritesAllOthersOnce)
{
    const MockKafka kafka(1, "readings", 1);
    const auto sink = KafkaSink::make(options_of(kafka)).value();
    const LargeRecords records(20, {1, 7, 8, 20});

    const auto delivered = sink->deliver(records.delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::invalid);
    EXPECT_EQ(sink->settled(), 20);
    ASSERT_EQ(sink->refused().size(), 4);
    EXPECT_EQ(sink->refused()[2].index, 7);
    EXPECT_THAT(sink->refused()[2].why, testing::HasSubstr("Message size too large"));
    EXPECT_EQ(everything_in(kafka, "readings").size(), 16);
}

TEST(KafkaSink, NamesARecordThatABrokerRefusesForItsTimeOnlyWhenItWasAlone)
{
    MockKafka kafka(1, "readings", 1);
    const auto sink = KafkaSink::make(options_of(kafka)).value();
    const tests::Records several(3), one(1);
    kafka.answer({RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP});
    const auto refused = sink->deliver(several.delivery(), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid) << refused.error().what;
    EXPECT_TRUE(sink->refused().empty());
    EXPECT_EQ(sink->settled(), 0);

    for (const auto code : {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE}) {
        kafka.answer({code});
        const auto alone = sink->deliver(one.delivery(), {});
        ASSERT_FALSE(alone);
        EXPECT_EQ(alone.error().kind, ErrorKind::invalid) << alone.error().what;
        EXPECT_EQ(sink->settled(), 1);
        EXPECT_EQ(sink->refused().size(), 1);
    }
    kafka.answer({RD_KAFKA_RESP_ERR_INVALID_RECORD});  // may well be a rule for all of them
    const auto invalid = sink->deliver(one.delivery(), {});
    ASSERT_FALSE(invalid);
    EXPECT_EQ(invalid.error().kind, ErrorKind::invalid) << invalid.error().what;
    EXPECT_EQ(sink->settled(), 0);

    ASSERT_TRUE(sink->deliver(several.delivery(), {}));
    EXPECT_EQ(everything_in(kafka, "readings").size(), 3);
}

TEST(KafkaSink, ReturnsSoonAfterAStopIsAskedFor)
{
    MockKafka kafka(1, "readings", 1);
    const auto sink = KafkaSink::make(options_of(kafka)).value();
    kafka.down(1);
    const tests::Records records(3);
    std::stop_source stop;
    const std::jthread asks([&] {
        std::this_thread::sleep_for(200ms);
        stop.request_stop();
    });

    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(sink->deliver(records.delivery(), stop.get_token()));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST(KafkaSink, TakesNoPasswordInItsUrlAndSaysWhereItBelongs)
{
    for (const auto* url : {"kafka://me:secret@localhost:9092", "kafkas://one:9092,me:secret@two:9092"}) {
        const auto sink = KafkaSink::make({.url = url, .topic = "t"});
        ASSERT_FALSE(sink) << url;
        EXPECT_EQ(sink.error().kind, ErrorKind::invalid);
        EXPECT_THAT(sink.error().what, testing::HasSubstr("password_file"));
        EXPECT_THAT(sink.error().what, testing::Not(testing::HasSubstr("secret")));
    }
}

TEST(KafkaSink, TriesAgainWhenTheCertificatesCannotBeReadForATime)
{
    const tests::TempDir dir;
    const tests::Certificate certificate;
    std::filesystem::copy_file(certificate.file(), dir / "ca.pem");
    KafkaSinkOptions options{.url = "kafkas://127.0.0.1:" + std::to_string(tests::free_port()), .topic = "t"};
    options.ca_file = dir / "ca.pem";
    options.acknowledged_within = 200ms;
    const auto sink = KafkaSink::make(options).value();
    const tests::Records records(1);
    EXPECT_FALSE(sink->deliver(records.delivery(), {}));
    std::filesystem::remove(dir / "ca.pem");

    const auto delivered = sink->deliver(records.delivery(), {});

    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().kind, ErrorKind::unavailable) << delivered.error().what;
    EXPECT_THAT(delivered.error().what, testing::HasSubstr("ssl.ca.location"));
}

TEST(KafkaSink, SaysAtTheStartWhatIsWrong)
{
    EXPECT_FALSE(KafkaSink::make({.url = "localhost:9092", .topic = "t"}));
    EXPECT_FALSE(KafkaSink::make({.url = "kafka://", .topic = "t"}));
    EXPECT_FALSE(KafkaSink::make({.url = "kafka://localhost:9092"}));
    EXPECT_FALSE(KafkaSink::make(
        {.url = "kafka://localhost:9092", .topic = "t", .user = "u", .mechanism = "nothing"}));
    EXPECT_TRUE(KafkaSink::make({.url = "kafkas://localhost:9092",
                                 .topic = "t",
                                 .user = "u",
                                 .password = "p",
                                 .mechanism = "SCRAM-SHA-512"}));
}

// Store, forwarder and sink; a broker that leads partitions goes and comes back while readings are appended.
TEST(KafkaOutage, LosesNothingAndMovesTheCursorOverNoHole)
{
    MockKafka kafka(2, "readings", 4);
    for (int partition = 0; partition < 4; ++partition) kafka.lead("readings", partition, 1 + partition % 2);
    const tests::TempDir dir;
    store::StoreOptions quick;
    quick.directory = dir / "data";
    quick.commit_interval = 5ms;
    quick.durability = store::Durability::strict;
    const auto store = store::Store::open(quick).value();
    std::vector<store::SeriesId> series;
    constexpr int all = 4000, round = 200, series_count = 16;
    for (int i = 0; i < series_count; ++i)
        series.push_back(store->series().add({0, "t/" + std::to_string(i), "", "", "", ""}));
    store->open_upstream("kafka");
    auto kafka_options = options_of(kafka);
    kafka_options.acknowledged_within = 1s;
    ForwarderOptions options{
        .name = "kafka", .gateway = "pi-1", .batch = 100, .first_retry = 20ms, .longest_retry = 200ms};
    Forwarder forwarder(*store, KafkaSink::make(kafka_options).value(), options);
    ASSERT_TRUE(forwarder.start());

    for (int first = 0; first < all; first += round) {
        store::Batch batch;
        for (int i = first; i < first + round; ++i)
            batch.readings.push_back({series[static_cast<std::size_t>(i % series_count)],
                                      1'764'000'000'000 + i, std::int64_t{i}, 0});
        batch.books.received = batch.books.stored_messages = round;
        batch.books.read = batch.books.stored_readings = round;
        ASSERT_TRUE(store->append(std::move(batch), {}));
        ASSERT_TRUE(store->flush());
        if (first == 1000) kafka.down(2);
        if (first == 1200) {
            ASSERT_TRUE(tests::wait_until([&] { return !forwarder.status().why.empty(); }, 20s));
            EXPECT_LT(store->open_upstream("kafka").cursor, all);
        }
        if (first == 2000) kafka.up(2);
    }
    ASSERT_TRUE(tests::wait_until([&] { return store->open_upstream("kafka").cursor == all; }, 60s))
        << forwarder.status().why;

    // Repeats are there to be dropped; but each series keeps its order once they are.
    std::map<std::string, std::vector<std::int64_t>> by_series;
    std::set<std::string> seen;
    for (const auto& record : everything_in(kafka, "readings"))
        if (seen.insert(record.idempotency_key).second)
            by_series[record.key].push_back(json::parse(record.value)["records"][0]["v"].get<std::int64_t>());
    EXPECT_EQ(seen.size(), all);
    EXPECT_EQ(by_series.size(), series_count);
    for (const auto& [key, values] : by_series) {
        EXPECT_EQ(values.size(), all / series_count) << key;
        EXPECT_TRUE(std::is_sorted(values.begin(), values.end())) << key;
    }
    EXPECT_EQ(store->open_upstream("kafka").delivered, all);
    EXPECT_EQ(store::sum(store->open_upstream("kafka").discarded), 0);
}

}  // namespace
}  // namespace tidegate::bridge
