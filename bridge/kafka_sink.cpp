#include "bridge/kafka_sink.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "bridge/delivery_json.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <librdkafka/rdkafkacpp.h>
#include <utility>

namespace tidegate::bridge {

using namespace std::chrono_literals;

namespace {

constexpr int look_ms = 20;            // how often a wait looks whether a stop was asked for
constexpr auto purged_within = 500ms;  // reports of what was purged come at once

// What became of one record of Kafka. librdkafka holds its address until it has reported.
struct Outcome {
    bool reported = false;
    bool unsent = false;  // librdkafka would not even take it
    RdKafka::ErrorCode code = RdKafka::ERR_NO_ERROR;

    bool failed() const { return code != RdKafka::ERR_NO_ERROR; }
};

ErrorKind kind_of(RdKafka::ErrorCode code)
{
    switch (code) {
    case RdKafka::ERR_MSG_SIZE_TOO_LARGE:
    case RdKafka::ERR_INVALID_MSG:
    case RdKafka::ERR_INVALID_MSG_SIZE:
    case RdKafka::ERR_INVALID_RECORD:
    case RdKafka::ERR_INVALID_TIMESTAMP:
    case RdKafka::ERR_RECORD_LIST_TOO_LARGE: return ErrorKind::invalid;
    case RdKafka::ERR__AUTHENTICATION:
    case RdKafka::ERR_SASL_AUTHENTICATION_FAILED:
    case RdKafka::ERR_TOPIC_AUTHORIZATION_FAILED:
    case RdKafka::ERR_CLUSTER_AUTHORIZATION_FAILED: return ErrorKind::denied;
    default: return ErrorKind::unavailable;
    }
}

// What a topic's own bounds refuse, while they take others: not a rule that may be that of all records.
bool is_of_the_record(RdKafka::ErrorCode code)
{
    return code == RdKafka::ERR_MSG_SIZE_TOO_LARGE || code == RdKafka::ERR_INVALID_MSG_SIZE ||
           code == RdKafka::ERR_RECORD_LIST_TOO_LARGE || code == RdKafka::ERR_INVALID_TIMESTAMP;
}

// librdkafka reports deliveries and errors from within poll(), on the forwarder's thread. What it logs it
// says here at once, from any of its own threads: that must touch no member. All of it is called by C code,
// which no exception may cross: hence noexcept.
class Reports : public RdKafka::DeliveryReportCb, public RdKafka::EventCb {
public:
    void dr_cb(RdKafka::Message& message) noexcept override
    {
        auto& outcome = *static_cast<Outcome*>(message.msg_opaque());
        outcome.reported = true;
        outcome.code = message.err();
    }
    void event_cb(RdKafka::Event& event) noexcept override
    {
        if (event.type() == RdKafka::Event::EVENT_LOG) {
            log::info("kafka: {}", log::quoted(event.str()));
            return;
        }
        if (event.type() != RdKafka::Event::EVENT_ERROR) return;
        why = event.str();
        if (kind_of(event.err()) == ErrorKind::denied) denied = true;
        if (event.fatal()) fatal = true;
    }

    std::string why;  // the last that librdkafka said
    bool denied = false, fatal = false;
};

using Settings = std::vector<std::pair<std::string, std::string>>;

Result<Settings> settings_of(const KafkaSinkOptions& options)
{
    constexpr std::string_view plain = "kafka://", secure = "kafkas://";
    const bool tls = options.url.starts_with(secure);
    const auto hosts = options.url.substr(tls ? secure.size() : std::min(plain.size(), options.url.size()));
    if ((!tls && !options.url.starts_with(plain)) || hosts.empty())
        return Error{ErrorKind::invalid,
                     "upstream URL: it must be kafka://host:port,… or kafkas://host:port,…"};
    if (hosts.find('@') != hosts.npos)  // it is shown as it is
        return Error{ErrorKind::invalid,
                     "upstream URL: user and password do not belong into it: set user and password_file"};
    if (options.topic.empty()) return Error{ErrorKind::invalid, "a Kafka upstream needs a topic"};
    const bool sasl = !options.user.empty();
    Settings settings{
        {"bootstrap.servers", hosts},
        {"client.id", options.client_id},
        {"enable.idempotence", "true"},
        {"message.timeout.ms", fmt::format("{}", options.acknowledged_within.count())},
        {"linger.ms", "5"},
        {"compression.codec", "lz4"},
        {"socket.keepalive.enable", "true"},
        {"log_level", "4"},
        {"security.protocol", fmt::format("{}{}", sasl ? "sasl_" : "", tls ? "ssl" : "plaintext")}};
    if (!options.ca_file.empty()) settings.emplace_back("ssl.ca.location", options.ca_file);
    if (!options.certificate_file.empty())
        settings.emplace_back("ssl.certificate.location", options.certificate_file);
    if (!options.key_file.empty()) settings.emplace_back("ssl.key.location", options.key_file);
    if (sasl) {
        settings.emplace_back("sasl.mechanisms", options.mechanism);
        settings.emplace_back("sasl.username", options.user);
        settings.emplace_back("sasl.password", options.password);
    }
    return settings;
}

}  // namespace

class KafkaSink::Impl {
public:
    Impl(KafkaSinkOptions options, Settings settings)
        : options_(std::move(options)),
          settings_(std::move(settings))
    {
    }
    ~Impl() { give_up_producer(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<> open();
    Result<> deliver(const Delivery& delivery, const std::stop_token& stop);
    Result<> reach(std::chrono::milliseconds within);
    std::size_t settled() const { return settled_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t reopened() const { return reopened_; }
    PayloadFormat format() const { return options_.payload.format; }
    std::span<const Refusal> refused() const { return refused_; }
    const std::string& url() const { return options_.url; }

private:
    Result<> produce(const Delivery& delivery);
    Result<> produce_one(const Delivery& delivery, const std::string& key, Outcome& outcome);
    Result<> wait(const std::stop_token& stop);
    Result<> judged() const;
    void count_settled();
    bool is_clean() const;
    bool is_silent() const;
    std::string said_of(const Outcome& one) const;
    bool all_reported() const { return std::ranges::all_of(outcomes_, &Outcome::reported); }
    void give_up_producer();
    Error unavailable(std::string_view what) const;

    KafkaSinkOptions options_;
    Settings settings_;
    std::size_t settled_ = 0;
    std::uint64_t bytes_ = 0;     // of the last delivery, before librdkafka packs them
    std::uint64_t reopened_ = 0;  // producers given up because no report came
    std::vector<Refusal> refused_;
    std::vector<Outcome> outcomes_;  // of the records of the delivery, in its order
    Reports reports_;
    std::unique_ptr<RdKafka::Producer> producer_;  // before the above in destruction: it reports into them
};

Result<> KafkaSink::Impl::open()
{
    if (producer_) return {};
    reports_ = {};
    const std::unique_ptr<RdKafka::Conf> conf(RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL));
    std::string why;
    for (const auto& [name, value] : settings_)
        if (conf->set(name, value, why) != RdKafka::Conf::CONF_OK)
            return Error{ErrorKind::invalid, fmt::format("Kafka: {}", why)};
    if (conf->set("dr_cb", static_cast<RdKafka::DeliveryReportCb*>(&reports_), why) !=
            RdKafka::Conf::CONF_OK ||
        conf->set("event_cb", static_cast<RdKafka::EventCb*>(&reports_), why) != RdKafka::Conf::CONF_OK)
        return Error{ErrorKind::internal, fmt::format("Kafka: {}", why)};
    producer_.reset(RdKafka::Producer::create(conf.get(), why));
    if (!producer_) return Error{ErrorKind::invalid, fmt::format("Kafka: {}", why)};
    return {};
}

Result<> KafkaSink::Impl::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    settled_ = 0;
    bytes_ = 0;
    refused_.clear();
    reports_.why.clear();
    // It could be opened at the start: what is in the way now may go, such as a CA file that is replaced.
    if (const auto opened = open(); !opened) return unavailable(opened.error().what);
    auto done = produce(delivery);
    if (done) done = wait(stop);
    if (is_silent() && !stop.stop_requested()) ++reopened_;
    if (!is_clean()) give_up_producer();
    const bool one_each = outcomes_.size() == delivery.records.size();
    if (one_each) count_settled();
    return done ? judged() : done;
}

Result<> KafkaSink::Impl::reach(std::chrono::milliseconds within)
{
    give_up_producer();
    settings_.emplace_back("allow.auto.create.topics", "false");
    if (auto opened = open(); !opened) return opened;
    std::string why;
    const std::unique_ptr<RdKafka::Topic> topic(
        RdKafka::Topic::create(producer_.get(), options_.topic, nullptr, why));
    if (!topic) return Error{ErrorKind::invalid, fmt::format("Kafka: {}", why)};
    RdKafka::Metadata* answer = nullptr;
    const auto code = producer_->metadata(false, topic.get(), &answer, static_cast<int>(within.count()));
    const std::unique_ptr<RdKafka::Metadata> metadata(answer);
    producer_->poll(0);  // what it has to report
    if (code != RdKafka::ERR_NO_ERROR)
        return Error{
            reports_.denied ? ErrorKind::denied : kind_of(code),
            fmt::format("{}: {}", url(), reports_.why.empty() ? RdKafka::err2str(code) : reports_.why)};
    for (const auto* one : *metadata->topics())
        if (one->topic() == options_.topic && one->err() != RdKafka::ERR_NO_ERROR)
            return Error{ErrorKind::not_found, fmt::format("{}: topic {}: {}", url(), options_.topic,
                                                           RdKafka::err2str(one->err()))};
    return {};
}

// Whether the producer can be used again: it holds nothing, and nothing went wrong but with what it was
// given.
bool KafkaSink::Impl::is_clean() const
{
    return !reports_.denied && !reports_.fatal && std::ranges::all_of(outcomes_, [](const Outcome& one) {
        return one.reported && (!one.failed() || kind_of(one.code) == ErrorKind::invalid);
    });
}

// Whether something was sent and no broker said in time what became of it.
bool KafkaSink::Impl::is_silent() const
{
    return std::ranges::any_of(outcomes_, [](const Outcome& one) {
        return !one.reported || one.code == RdKafka::ERR__MSG_TIMED_OUT;
    });
}

// A broker says what is wrong with one record of all that came in one set with it: only of one that was alone
// is it known that it is meant.
void KafkaSink::Impl::count_settled()
{
    const bool alone = outcomes_.size() == 1;
    for (; settled_ < outcomes_.size(); ++settled_) {
        const auto& one = outcomes_[settled_];
        if (!one.reported) return;
        if (!one.failed()) continue;
        if (!is_of_the_record(one.code) || !(one.unsent || alone)) return;
        refused_.push_back({settled_, said_of(one)});
    }
}

Result<> KafkaSink::Impl::produce(const Delivery& delivery)
{
    if (options_.whole_batches || delivery.records.empty()) {  // gaps go as they come
        outcomes_.assign(1, {});
        return produce_one(delivery, std::string(delivery.gateway), outcomes_.front());
    }
    outcomes_.assign(delivery.records.size(), {});
    for (std::size_t i = 0; i < delivery.records.size(); ++i) {
        auto& outcome = outcomes_[i];
        auto one = delivery;
        one.records = delivery.records.subspan(i, 1);
        const auto series = delivery.series.get(one.records.front().reading.series).value_or(store::Series{});
        const auto key =
            fmt::format("{}#{}", options_.payload.labels.topic_of(series, delivery.gateway), series.field);
        auto done = produce_one(one, key, outcome);
        if (!done && kind_of(outcome.code) == ErrorKind::invalid) continue;  // the others can go
        if (!done) {
            std::fill(outcomes_.begin() + static_cast<std::ptrdiff_t>(i), outcomes_.end(),
                      Outcome{true, true, RdKafka::ERR__PURGE_QUEUE});
            return done;
        }
    }
    return {};
}

Result<> KafkaSink::Impl::produce_one(const Delivery& delivery, const std::string& key, Outcome& outcome)
{
    auto payload = payload_of(delivery, options_.payload);
    if (!payload) {
        outcome = {true, true, RdKafka::ERR__BAD_MSG};
        return payload.error();
    }
    bytes_ += payload->size();
    std::unique_ptr<RdKafka::Headers> headers(RdKafka::Headers::create());
    headers->add("idempotency-key", delivery_key(delivery));
    const auto code =
        producer_->produce(options_.topic, RdKafka::Topic::PARTITION_UA, RdKafka::Producer::RK_MSG_COPY,
                           payload->data(), payload->size(), key.data(), key.size(),
                           delivery.records.empty() ? wall_ms() : delivery.records.front().reading.time_ms,
                           headers.get(), &outcome);
    if (code == RdKafka::ERR_NO_ERROR) {
        [[maybe_unused]] auto* theirs = headers.release();
        return {};
    }
    outcome = {true, true, code};
    return Error{kind_of(code), fmt::format("{}: {}", options_.url, RdKafka::err2str(code))};
}

Result<> KafkaSink::Impl::wait(const std::stop_token& stop)
{
    // librdkafka reports each record within acknowledged_within; this is for the case that it does not.
    const auto deadline = std::chrono::steady_clock::now() + options_.acknowledged_within + 5s;
    while (!all_reported()) {
        producer_->poll(look_ms);
        if (stop.stop_requested()) return unavailable("stopped while delivering");
        if (reports_.denied)
            return Error{ErrorKind::denied, fmt::format("{}: {}", options_.url, reports_.why)};
        if (reports_.fatal) return unavailable(reports_.why);
        if (std::chrono::steady_clock::now() > deadline) return unavailable("no report of what was sent");
    }
    return {};
}

// Once all have been reported: what stands in the way of the first that is not settled, or was refused.
Result<> KafkaSink::Impl::judged() const
{
    const auto begin = outcomes_.begin() + static_cast<std::ptrdiff_t>(settled_);
    const auto failed = std::find_if(begin, outcomes_.end(), [](const Outcome& one) { return one.failed(); });
    if (failed != outcomes_.end()) return Error{kind_of(failed->code), said_of(*failed)};
    if (!refused_.empty()) return Error{ErrorKind::invalid, refused_.front().why};
    return {};
}

std::string KafkaSink::Impl::said_of(const Outcome& one) const
{
    const auto more = reports_.why.empty() ? "" : fmt::format(" ({})", reports_.why);
    return fmt::format("{}: not acknowledged: {}{}", options_.url, RdKafka::err2str(one.code), more);
}

// With what it holds; what it had sent and still has an answer for is heard before.
void KafkaSink::Impl::give_up_producer()
{
    if (!producer_) return;
    producer_->purge(RdKafka::Producer::PURGE_QUEUE | RdKafka::Producer::PURGE_INFLIGHT);
    const auto deadline = std::chrono::steady_clock::now() + purged_within;
    while (!all_reported() && std::chrono::steady_clock::now() < deadline) producer_->poll(look_ms);
    producer_.reset();
}

Error KafkaSink::Impl::unavailable(std::string_view what) const
{
    return {ErrorKind::unavailable, fmt::format("{}: {}", options_.url, what)};
}

Result<std::unique_ptr<KafkaSink>> KafkaSink::make(KafkaSinkOptions options)
{
    auto settings = settings_of(options);
    if (!settings) return settings.error();
    auto impl = std::make_unique<Impl>(std::move(options), std::move(*settings));
    if (auto opened = impl->open(); !opened) return opened.error();  // what is wrong is said at the start
    return std::make_unique<KafkaSink>(std::move(impl));
}

KafkaSink::KafkaSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaSink::~KafkaSink() = default;

Result<> KafkaSink::deliver(const Delivery& delivery, const std::stop_token& stop)
{
    return impl_->deliver(delivery, stop);
}

std::size_t KafkaSink::settled() const
{
    return impl_->settled();
}

Result<> KafkaSink::can_say(const store::Reading& reading) const
{
    return fits(reading, impl_->format());
}

bool KafkaSink::takes_gaps() const
{
    return has_gaps(impl_->format());
}

std::uint64_t KafkaSink::bytes() const
{
    return impl_->bytes();
}

std::uint64_t KafkaSink::reopened() const
{
    return impl_->reopened();
}

std::span<const Refusal> KafkaSink::refused() const
{
    return impl_->refused();
}

std::string KafkaSink::url() const
{
    return impl_->url();
}

Result<> KafkaSink::reach(std::chrono::milliseconds within)
{
    return impl_->reach(within);
}

}  // namespace tidegate::bridge
