#pragma once

#include "base/error.hpp"
#include "bridge/intake_ring.hpp"
#include "bridge/session_book.hpp"
#include "bridge/subscriber.hpp"
#include "gateway/config/config.hpp"
#include "web/server/facts.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::gateway {

// The way in: for each broker a ring and a subscriber that fills it. Rings that an earlier configuration left
// are emptied too: what is in them was acknowledged.
class Intake {
public:
    explicit Intake(const Config& config) : config_(config) {}  // which outlives it

    // Opens the rings; they outlive the store, whose last commit still releases space in them. Errors: those
    // of IntakeRing::open(); invalid (two brokers that are one).
    Result<> open();
    std::vector<bridge::IntakeRing*> rings() const;
    bridge::SessionBook& sessions() { return *sessions_; }  // once it is open

    Result<> start();  // connects, when somebody takes from the rings
    void stop();

    // After the store's last commit: removes rings of no broker, when they are empty.
    void tidy() const;

    std::vector<web::BrokerFacts> facts() const;  // as configured
    bool connected(std::size_t broker) const;     // by its place in the configuration; any thread
    double fullest() const;  // share of the fullest ring that is in use, 0 to 1; any thread
    std::uint64_t used_bytes() const;
    std::uint64_t capacity_bytes() const;

private:
    struct Ring {
        std::filesystem::path file;
        std::unique_ptr<bridge::IntakeRing> ring;
    };
    Result<> open_ring(std::vector<Ring>& into, const std::filesystem::path& file);
    Result<> open_left_over(const std::filesystem::path& directory);
    Result<bridge::SubscriberOptions> options_of(const BrokerConfig& broker, const Ring& ring);

    const Config& config_;
    std::optional<bridge::SessionBook> sessions_;
    std::vector<Ring> rings_;      // in the order of the brokers
    std::vector<Ring> left_over_;  // of brokers that are configured no more
    std::vector<std::unique_ptr<bridge::Subscriber>> subscribers_;
};

}  // namespace tidegate::gateway
