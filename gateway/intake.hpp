#pragma once

#include "base/error.hpp"
#include "bridge/intake_ring.hpp"
#include "bridge/session_book.hpp"
#include "bridge/subscriber.hpp"
#include "gateway/config/config.hpp"
#include "web/server/facts.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::gateway {

// The way in: for each broker a ring and a subscriber that fills it, and a ring for what is posted. Rings
// that an earlier configuration left are emptied too: what is in them was acknowledged. On the owner's thread
// but where said.
class Intake {
public:
    // Opens the rings; they outlive the store, whose last commit still releases space in them. Errors: those
    // of IntakeRing::open().
    Result<> open(const Config& config);
    std::vector<bridge::IntakeRing*> rings() const;  // new ones come behind those that there are, none goes
    bridge::IntakeRing& posts() { return *posts_.ring; }    // that PostInlet fills; once it is open
    bridge::SessionBook& sessions() { return *sessions_; }  // once it is open

    // A changed configuration, in this order. prepare() opens what is new and tells what is wrong; nothing
    // has changed by then. part() takes leave of the brokers that go or change: up to two seconds each.
    // adopt() takes over what was prepared. Then start(). discard() drops what has parted, or what was
    // prepared and is not wanted. All but adopt() and start() on any thread, one at a time.
    std::vector<Error> prepare(const Config& config);
    void part();
    void adopt();
    void discard();

    // Connects to the brokers to which it is not connected, when somebody takes from their rings.
    Result<> start();
    void stop();

    // After the store's last commit: removes rings of no broker, when they are empty.
    void tidy() const;

    std::vector<web::BrokerFacts> facts() const;      // as configured
    bool connected(const std::string& broker) const;  // any thread
    bool listens(std::size_t ring) const;  // what is sent to it is taken in now; by its place. Any thread
    std::string broker_of(
        std::size_t ring) const;  // by its place in rings(); empty: of none any more. Any thread
    // Share of the fullest broker's ring that is in use, 0 to 1. Not of posts': that is full when they come
    // fast, and holds off nobody else.
    double fullest() const;
    std::uint64_t used_bytes() const;
    std::uint64_t capacity_bytes() const;

private:
    struct Ring {
        std::filesystem::path file;
        std::unique_ptr<bridge::IntakeRing> ring;
    };
    struct Link {
        std::string name;
        std::string fingerprint;
        std::filesystem::path file;
        bridge::SubscriberOptions options;
        std::unique_ptr<bridge::IntakeRing> ring{};  // none, in what is prepared: the one that there is
        std::unique_ptr<bridge::Subscriber> subscriber{};
        std::string why{};  // there is no subscriber: it could not be started
    };
    struct Place {
        bridge::IntakeRing* ring = nullptr;
        std::string broker{};
        bridge::Subscriber* subscriber = nullptr;
    };
    void note_places();
    void forget_subscribers();
    Result<Ring> open_ring(const std::filesystem::path& file) const;
    Result<> open_left_over();
    Result<Link> link_of(const Config& config, const BrokerConfig& broker);
    bool has_ring(const std::filesystem::path& file) const;
    bool stays(const Link& link) const;  // as it is, in what is prepared
    std::unique_ptr<bridge::IntakeRing> take_ring(const std::filesystem::path& file);

    std::filesystem::path directory_;
    std::uint64_t ring_bytes_ = 0;
    std::optional<bridge::SessionBook> sessions_;
    Ring posts_;
    std::vector<Ring> left_over_;  // of brokers that are configured no more
    std::vector<Link> links_;      // in the order of the brokers
    std::vector<Link> wanted_;     // prepared; after adopt() what has parted

    mutable std::mutex places_mutex_;  // of the next; held for a look
    std::vector<Place> places_;
};

}  // namespace tidegate::gateway
