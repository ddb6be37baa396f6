#pragma once

#include "bridge/payload.hpp"
#include "bridge/sink.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tidegate::bridge {

struct KafkaSinkOptions {
    std::string url;      // kafka://host:port,host:port or, with TLS, kafkas://…
    std::string topic{};  // of Kafka; not empty
    std::string client_id = "tidegate-up";
    bool whole_batches = false;  // a record of Kafka is a delivery; else it is a reading
    PayloadRules payload{};
    std::string user{}, password{};              // SASL; no user: none
    std::string mechanism = "PLAIN";             // or SCRAM-SHA-256, SCRAM-SHA-512
    std::string ca_file{};                       // for kafkas; empty: the system's
    std::string certificate_file{}, key_file{};  // ours, for brokers that ask for one; empty: none
    std::chrono::milliseconds acknowledged_within{30'000};
};

// Hands each delivery to an idempotent producer of librdkafka and waits until Kafka has acknowledged all of
// it by all in-sync replicas. A record's key is its series ("topic#field"), so that a series keeps its order
// in its partition; that of a whole batch is the gateway's id. Each record carries the header
// "idempotency-key".
//
// A producer that failed is given up with all that it still holds; what was not acknowledged is delivered
// anew, from the log.
class KafkaSink : public Sink {
public:
    // Does not connect yet. Errors: invalid (the URL, the topic, the mechanism), internal.
    static Result<std::unique_ptr<KafkaSink>> make(KafkaSinkOptions options);
    ~KafkaSink() override;

    // Whether a broker answers and has the topic; delivers nothing, and makes no topic, also not with
    // deliver() from then on. Not beside deliver(). Errors: unavailable, denied, not_found (the topic).
    Result<> reach(std::chrono::milliseconds within);

    Result<> deliver(const Delivery& delivery, const std::stop_token& stop) override;
    std::size_t settled() const override;
    std::span<const Refusal> refused() const override;
    Result<> can_say(const store::Reading& reading) const override;
    bool takes_gaps() const override;
    std::uint64_t bytes() const override;
    std::uint64_t reopened() const override;
    std::string kind() const override { return "kafka"; }
    std::string url() const override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;

public:
    explicit KafkaSink(std::unique_ptr<Impl> impl);  // for make() alone
};

}  // namespace tidegate::bridge
