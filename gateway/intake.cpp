#include "gateway/intake.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "bridge/sparkplug_host.hpp"
#include "bridge/topic_level.hpp"
#include "gateway/config/changes.hpp"
#include "gateway/config/secrets.hpp"
#include "gateway/endpoint.hpp"
#include "gateway/version.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tidegate::gateway {

namespace {

std::string status_of(const Config& config, const char* status)
{
    const nlohmann::json text{{"status", status}, {"gateway", config.gateway.id}, {"version", version}};
    return text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// What is posted is taken in only as fast as it is committed: less of it has to wait.
std::uint64_t bytes_for_posts(std::uint64_t ring)
{
    constexpr std::uint64_t least = 1024UL * 1024;
    return std::max(ring / 4, least);
}

std::filesystem::path beside(std::filesystem::path file, const char* ending)
{
    return file += ending;
}

}  // namespace

Result<> Intake::open(const Config& config)
{
    directory_ = config.gateway.runtime_directory;
    ring_bytes_ = config.limits.ring.count;
    sessions_.emplace(std::filesystem::path(config.gateway.state_directory) / "sessions.json");
    std::error_code failed;
    std::filesystem::create_directories(directory_, failed);
    const auto file = directory_ / "intake.posts.ring";  // no broker's name has a dot
    auto posts = bridge::IntakeRing::open(file, bytes_for_posts(ring_bytes_));
    if (!posts) return posts.error();
    posts_ = {file, std::move(*posts)};
    if (auto wrong = prepare(config); !wrong.empty()) return std::move(wrong.front());
    adopt();
    return open_left_over();
}

Result<Intake::Ring> Intake::open_ring(const std::filesystem::path& file) const
{
    auto ring = bridge::IntakeRing::open(file, ring_bytes_);
    if (!ring) return ring.error();
    return Ring{file, std::move(*ring)};
}

Result<> Intake::open_left_over()
{
    std::vector<std::filesystem::path> files;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(directory_, none)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("intake") && name.ends_with(".ring") && !has_ring(entry.path()))
            files.push_back(entry.path());
    }
    for (const auto& file : files) {
        auto ring = open_ring(file);
        if (!ring) return ring.error();
        left_over_.push_back(std::move(*ring));
    }
    note_places();
    return {};
}

std::vector<bridge::IntakeRing*> Intake::rings() const
{
    const std::scoped_lock lock(places_mutex_);
    std::vector<bridge::IntakeRing*> rings;
    for (const auto& place : places_) rings.push_back(place.ring);
    return rings;
}

bool Intake::has_ring(const std::filesystem::path& file) const
{
    return file == posts_.file || std::ranges::find(links_, file, &Link::file) != links_.end() ||
           std::ranges::find(left_over_, file, &Ring::file) != left_over_.end();
}

Result<Intake::Link> Intake::link_of(const Config& config, const BrokerConfig& broker)
{
    auto password = secret_of(broker.password_file);
    if (!password) return password.error();
    bridge::SubscriberOptions options;
    options.broker = endpoint_of(broker, broker.client_id, std::move(*password));
    options.filters.clear();
    for (const auto& [filter, qos] : broker.filters)
        options.filters.emplace_back(filter, static_cast<int>(qos.value_or(broker.qos)));
    options.session_expiry = std::chrono::duration_cast<std::chrono::seconds>(broker.session_expiry);
    options.largest_payload = config.limits.payload.count;
    options.sessions = &*sessions_;
    auto file = directory_ / fmt::format("intake-{}.ring", broker.name);
    options.memory = beside(file, ".seen");
    options.status_topic = bridge::own_topic(broker.status_topic, config.gateway.id);
    options.online = status_of(config, "online");
    options.offline = status_of(config, "offline");
    options.own = {fmt::format("tidegate/{}/#", bridge::topic_level(config.gateway.id)),
                   "tidegate/+/doctor"};  // what other gateways' doctors try is no reading either
    if (!options.status_topic.empty()) options.own.push_back(options.status_topic);
    if (!broker.sparkplug_host.empty())
        options.own.push_back(bridge::sparkplug_state_topic(broker.sparkplug_host));
    return Link{broker.name, fmt::format("{}# payload {}\n", fingerprint(broker), options.largest_payload),
                std::move(file), std::move(options)};
}

std::vector<Error> Intake::prepare(const Config& config)
{
    std::vector<Error> wrong;
    wanted_.clear();
    for (const auto& broker : config.brokers) {
        auto link = link_of(config, broker);
        if (link && !has_ring(link->file)) {
            auto ring = open_ring(link->file);
            if (ring)
                link->ring = std::move(ring->ring);
            else
                link = ring.error();
        }
        if (link)
            wanted_.push_back(std::move(*link));
        else
            wrong.push_back(
                {link.error().kind, fmt::format("broker {}: {}", broker.name, link.error().what)});
    }
    return wrong;
}

bool Intake::stays(const Link& link) const
{
    const auto same = std::ranges::find(wanted_, link.name, &Link::name);
    return same != wanted_.end() && same->fingerprint == link.fingerprint;
}

void Intake::part()
{
    for (auto& link : links_)
        if (link.subscriber && !stays(link)) link.subscriber->stop();
}

std::unique_ptr<bridge::IntakeRing> Intake::take_ring(const std::filesystem::path& file)
{
    const auto link = std::ranges::find(links_, file, &Link::file);
    if (link != links_.end()) return std::move(link->ring);
    const auto left = std::ranges::find(left_over_, file, &Ring::file);
    auto ring = std::move(left->ring);
    left_over_.erase(left);
    return ring;
}

// Rings stay open to the end: the pipeline takes from them, whoever fills them.
void Intake::adopt()
{
    for (auto& link : wanted_) {
        const auto known = std::ranges::find(links_, link.name, &Link::name);
        if (known != links_.end() && known->fingerprint == link.fingerprint)
            link.subscriber = std::move(known->subscriber);
        if (!link.ring) link.ring = take_ring(link.file);
    }
    forget_subscribers();
    for (auto& link : links_)
        if (link.ring) left_over_.push_back({link.file, std::move(link.ring)});
    links_.swap(wanted_);
    note_places();
}

// A ring that was prepared and is not wanted is let go of, and found at the next start.
void Intake::discard()
{
    wanted_.clear();
}

void Intake::forget_subscribers()
{
    const std::scoped_lock lock(places_mutex_);
    for (auto& place : places_) place.subscriber = nullptr;
}

Result<> Intake::start()
{
    Result<> done;
    for (auto& link : links_) {
        if (link.subscriber) continue;
        link.subscriber = std::make_unique<bridge::Subscriber>(link.options, *link.ring);
        const auto started = link.subscriber->start();
        if (started) continue;
        link.subscriber.reset();
        link.why = started.error().what;
        done = Error{started.error().kind, fmt::format("broker {}: {}", link.name, link.why)};
    }
    note_places();
    return done;
}

void Intake::stop()
{
    for (auto& link : links_)
        if (link.subscriber) link.subscriber->stop();
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
    for (const auto& link : links_) {
        if (!link.subscriber) {
            facts.push_back({.name = link.name, .url = link.options.broker.url, .why = link.why});
            continue;
        }
        const auto status = link.subscriber->status();
        facts.push_back({.name = link.name,
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
        facts.back().ring_bytes = link.ring->used_bytes();
    }
    return facts;
}

bool Intake::connected(const std::string& broker) const
{
    const std::scoped_lock lock(places_mutex_);
    const auto found = std::ranges::find(places_, broker, &Place::broker);
    return found != places_.end() && found->subscriber != nullptr && found->subscriber->status().connected;
}

bool Intake::listens(std::size_t ring) const
{
    const std::scoped_lock lock(places_mutex_);
    if (ring >= places_.size()) return false;
    const auto& place = places_[ring];
    return place.ring == posts_.ring.get() ||
           (place.subscriber != nullptr && place.subscriber->status().connected);
}

std::string Intake::broker_of(std::size_t ring) const
{
    const std::scoped_lock lock(places_mutex_);
    return ring < places_.size() ? places_[ring].broker : std::string();
}

// After each change of links_ and left_over_, and before a subscriber goes.
void Intake::note_places()
{
    const std::scoped_lock lock(places_mutex_);
    const auto place_of = [&](bridge::IntakeRing* ring) -> Place& {
        const auto found = std::ranges::find(places_, ring, &Place::ring);
        return found != places_.end() ? *found : places_.emplace_back(Place{ring});
    };
    for (auto& place : places_) place = {place.ring};
    for (const auto& link : links_) {
        auto& place = place_of(link.ring.get());
        place.broker = link.name;
        place.subscriber = link.subscriber.get();
    }
    for (const auto& left : left_over_) place_of(left.ring.get());
    place_of(posts_.ring.get());
}

double Intake::fullest() const
{
    double most = 0;
    for (const auto& link : links_)
        most = std::max(most, static_cast<double>(link.ring->used_bytes()) /
                                  static_cast<double>(link.ring->capacity_bytes()));
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
    std::uint64_t bytes = posts_.ring->capacity_bytes();
    for (const auto& link : links_) bytes += link.ring->capacity_bytes();
    return bytes;
}

}  // namespace tidegate::gateway
