#pragma once

#include <chrono>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <librdkafka/rdkafkacpp.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidegate::tests {

// librdkafka's own mock cluster, in this process, on loopback ports. Brokers are numbered from 1.
class MockKafka {
public:
    MockKafka(int brokers, const std::string& topic, int partitions)
    {
        std::string why(512, '\0');
        handle_ = ::rd_kafka_new(RD_KAFKA_PRODUCER, ::rd_kafka_conf_new(), why.data(), why.size());
        if (handle_ == nullptr) throw std::runtime_error(why);
        cluster_ = ::rd_kafka_mock_cluster_new(handle_, brokers);
        if (::rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, brokers) !=
            RD_KAFKA_RESP_ERR_NO_ERROR)
            throw std::runtime_error("the mock cluster makes no topic");
    }
    ~MockKafka()
    {
        ::rd_kafka_mock_cluster_destroy(cluster_);
        ::rd_kafka_destroy(handle_);
    }
    MockKafka(const MockKafka&) = delete;
    MockKafka& operator=(const MockKafka&) = delete;

    std::string hosts() const { return ::rd_kafka_mock_cluster_bootstraps(cluster_); }
    std::string url() const { return "kafka://" + hosts(); }

    void down(int broker) { ::rd_kafka_mock_broker_set_down(cluster_, broker); }
    void up(int broker) { ::rd_kafka_mock_broker_set_up(cluster_, broker); }
    void lead(const std::string& topic, int partition, int broker)
    {
        ::rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), partition, broker);
    }
    // What the next requests to produce are answered.
    void answer(const std::vector<rd_kafka_resp_err_t>& errors)
    {
        constexpr std::int16_t produce = 0;
        ::rd_kafka_mock_push_request_errors_array(cluster_, produce, errors.size(), errors.data());
    }

private:
    rd_kafka_t* handle_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

struct KafkaRecord {
    std::string key, value, idempotency_key;
    int partition = 0;
    std::int64_t time_ms = 0;
};

// All that a topic holds, each partition in its order; reads until nothing has come for a second.
inline std::vector<KafkaRecord> everything_in(const MockKafka& kafka, const std::string& topic)
{
    const std::unique_ptr<RdKafka::Conf> conf(RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL));
    std::string why;
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"bootstrap.servers", kafka.hosts()}, {"group.id", "test"}, {"auto.offset.reset", "earliest"}})
        if (conf->set(name, value, why) != RdKafka::Conf::CONF_OK) throw std::runtime_error(why);
    const std::unique_ptr<RdKafka::KafkaConsumer> consumer(RdKafka::KafkaConsumer::create(conf.get(), why));
    if (!consumer) throw std::runtime_error(why);
    RdKafka::Metadata* raw = nullptr;
    constexpr int patience_ms = 10'000, calm_ms = 1000;
    if (consumer->metadata(true, nullptr, &raw, patience_ms) != RdKafka::ERR_NO_ERROR)
        throw std::runtime_error("no metadata");
    const std::unique_ptr<RdKafka::Metadata> metadata(raw);
    std::vector<RdKafka::TopicPartition*> partitions;
    for (const auto* one : *metadata->topics())
        if (one->topic() == topic)
            for (const auto* partition : *one->partitions())
                partitions.push_back(RdKafka::TopicPartition::create(topic, partition->id(),
                                                                     RdKafka::Topic::OFFSET_BEGINNING));
    consumer->assign(partitions);
    RdKafka::TopicPartition::destroy(partitions);

    std::vector<KafkaRecord> records;
    auto last = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - last < std::chrono::milliseconds(calm_ms)) {
        const std::unique_ptr<RdKafka::Message> message(consumer->consume(50));
        if (message->err() != RdKafka::ERR_NO_ERROR) continue;
        last = std::chrono::steady_clock::now();
        KafkaRecord record{message->key() != nullptr ? *message->key() : "",
                           {static_cast<const char*>(message->payload()), message->len()},
                           "",
                           message->partition(),
                           message->timestamp().timestamp};
        if (message->headers() != nullptr)
            for (const auto& header : message->headers()->get("idempotency-key"))
                record.idempotency_key = header.value_string();
        records.push_back(std::move(record));
    }
    consumer->close();
    return records;
}

}  // namespace tidegate::tests
