#include "gateway/intake.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "bridge/sparkplug_host.hpp"
#include "bridge/topic_level.hpp"
#include "gateway/config/secrets.hpp"
#include "gateway/version.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace tidegate::gateway {

namespace {

std::string status_of(const Config& config, const char* status)
{
    const nlohmann::json text{{"status", status}, {"gateway", config.gateway.id}, {"version", version}};
    return text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::filesystem::path beside(std::filesystem::path file, const char* ending)
{
    return file += ending;
}

}  // namespace

Result<> Intake::open()
{
    for (auto one = config_.brokers.begin(); one != config_.brokers.end(); ++one)
        for (auto other = config_.brokers.begin(); other != one; ++other)
            if (one->url == other->url && one->client_id == other->client_id)
                return Error{
                    ErrorKind::invalid,
                    fmt::format("brokers {} and {} have the same url and client_id: they would take the "
                                "session from each other",
                                other->name, one->name)};
    sessions_.emplace(std::filesystem::path(config_.gateway.state_directory) / "sessions.json");
    const std::filesystem::path directory(config_.gateway.runtime_directory);
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    for (const auto& broker : config_.brokers)
        if (auto done = open_ring(rings_, directory / fmt::format("intake-{}.ring", broker.name)); !done)
            return done;
    return open_left_over(directory);
}

Result<> Intake::open_ring(std::vector<Ring>& into, const std::filesystem::path& file)
{
    auto ring = bridge::IntakeRing::open(file, config_.limits.ring.count);
    if (!ring) return ring.error();
    into.push_back({file, std::move(*ring)});
    return {};
}

Result<> Intake::open_left_over(const std::filesystem::path& directory)
{
    std::vector<std::filesystem::path> files;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with("intake") || !name.ends_with(".ring")) continue;
        if (std::ranges::find(rings_, entry.path(), &Ring::file) == rings_.end())
            files.push_back(entry.path());
    }
    for (const auto& file : files)
        if (auto done = open_ring(left_over_, file); !done) return done;
    return {};
}

std::vector<bridge::IntakeRing*> Intake::rings() const
{
    std::vector<bridge::IntakeRing*> rings;
    for (const auto* some : {&rings_, &left_over_})
        for (const auto& each : *some) rings.push_back(each.ring.get());
    return rings;
}

Result<bridge::SubscriberOptions> Intake::options_of(const BrokerConfig& broker, const Ring& ring)
{
    auto password = secret_of(broker.password_file);
    if (!password) return password.error();
    bridge::SubscriberOptions options;
    options.url = broker.url;
    options.client_id = broker.client_id;
    options.user = broker.user;
    options.password = *password;
    options.ca_file = broker.ca_file;
    options.certificate_file = broker.certificate_file;
    options.key_file = broker.key_file;
    options.alpn = broker.alpn;
    options.filters.clear();
    for (const auto& [filter, qos] : broker.filters)
        options.filters.emplace_back(filter, static_cast<int>(qos.value_or(broker.qos)));
    options.version = static_cast<int>(broker.version);
    options.session_expiry = std::chrono::duration_cast<std::chrono::seconds>(broker.session_expiry);
    options.keep_alive = std::chrono::duration_cast<std::chrono::seconds>(broker.keep_alive);
    options.largest_payload = config_.limits.payload.count;
    options.sessions = &*sessions_;
    options.memory = beside(ring.file, ".seen");
    options.status_topic = bridge::own_topic(broker.status_topic, config_.gateway.id);
    options.online = status_of(config_, "online");
    options.offline = status_of(config_, "offline");
    options.own = {fmt::format("tidegate/{}/#", bridge::topic_level(config_.gateway.id))};
    if (!options.status_topic.empty()) options.own.push_back(options.status_topic);
    if (!broker.sparkplug_host.empty())
        options.own.push_back(bridge::sparkplug_state_topic(broker.sparkplug_host));
    return options;
}

Result<> Intake::start()
{
    for (std::size_t i = 0; i < config_.brokers.size(); ++i) {
        const auto& broker = config_.brokers[i];
        auto options = options_of(broker, rings_[i]);
        if (!options) return options.error();
        subscribers_.push_back(std::make_unique<bridge::Subscriber>(std::move(*options), *rings_[i].ring));
        if (auto started = subscribers_.back()->start(); !started)
            return Error{started.error().kind,
                         fmt::format("broker {}: {}", broker.name, started.error().what)};
    }
    return {};
}

void Intake::stop()
{
    for (auto& subscriber : subscribers_) subscriber->stop();
}

void Intake::tidy() const
{
    for (const auto& [file, ring] : left_over_) {
        if (ring->used_bytes() > 0) continue;
        std::error_code ignored;
        for (const auto* ending : {"", ".lock", ".seen"})
            std::filesystem::remove(beside(file, ending), ignored);
        log::info("intake_ring_removed file={}", file.string());
    }
}

std::vector<web::BrokerFacts> Intake::facts() const
{
    std::vector<web::BrokerFacts> facts;
    for (std::size_t i = 0; i < subscribers_.size(); ++i) {
        const auto status = subscribers_[i]->status();
        facts.push_back({.name = config_.brokers[i].name,
                         .url = status.broker,
                         .connected = status.connected,
                         .since_ms = status.since_ms,
                         .why = status.why,
                         .version = status.version,
                         .connects = status.connects,
                         .duplicates = status.duplicates,
                         .redelivered = status.redelivered,
                         .own = status.own,
                         .next_try_ms = status.next_try_ms});
        for (std::size_t end = 0; end < bridge::link_end_count; ++end)
            facts.back().reconnects.emplace_back(to_string(static_cast<bridge::LinkEnd>(end)),
                                                 status.ends[end]);
        facts.back().ring_bytes = rings_[i].ring->used_bytes();
    }
    return facts;
}

bool Intake::connected(std::size_t broker) const
{
    return broker < subscribers_.size() && subscribers_[broker]->status().connected;
}

double Intake::fullest() const
{
    double most = 0;
    for (const auto& each : rings_)
        most = std::max(most, static_cast<double>(each.ring->used_bytes()) /
                                  static_cast<double>(each.ring->capacity_bytes()));
    return most;
}

std::uint64_t Intake::used_bytes() const
{
    std::uint64_t bytes = 0;
    for (const auto* ring : rings()) bytes += ring->used_bytes();
    return bytes;
}

std::uint64_t Intake::capacity_bytes() const
{
    std::uint64_t bytes = 0;
    for (const auto& each : rings_) bytes += each.ring->capacity_bytes();
    return bytes;
}

}  // namespace tidegate::gateway
