#pragma once

#include "bridge/session_book.hpp"
#include "bridge/subscription.hpp"

#include <mqtt/async_client.h>

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace tidegate::bridge {

// What a session at a broker is subscribed to. Asks for it on each connection, also when the broker still has
// the session: Mosquitto 2.0 forgets some subscriptions when it restarts. What is configured no more goes
// after that, so that nothing falls between an old filter and a new one. Private to bridge/.
class Subscriptions : private mqtt::iaction_listener {
public:
    // `session` names it in the book; no book: what is configured no more stays subscribed. `changed` is
    // called on Paho's thread when an answer has come.
    Subscriptions(std::vector<Subscription> wanted,
                  SessionBook* book,
                  std::string session,
                  std::function<void()> changed);

    // Supervisor, before each connection.
    void begin();

    // Paho's callback of a connection that stands. Throws mqtt::exception.
    void ask(mqtt::async_client& client);

    struct Answer {
        bool subscribed = false;
        std::string refused;  // as a sentence; empty: nothing was
    };
    Answer answer() const;

    // Supervisor. Strikes from the book what the broker has unsubscribed by now.
    void settle();

private:
    void on_success(const mqtt::token& token) override;
    void on_failure(const mqtt::token& token) override;
    void subscribed(const std::string& refused);
    void unsubscribed(const mqtt::token& token);
    std::string refusals(const mqtt::token& token) const;
    std::vector<std::string> filters() const;

    std::vector<Subscription> wanted_;
    SessionBook* book_;
    std::string session_;
    std::function<void()> changed_;
    std::vector<std::string> old_;  // that the broker may hold for us, though they are configured no more

    mutable std::mutex mutex_;  // of what follows
    Answer answer_;
    bool unsubscribed_ = false;
};

}  // namespace tidegate::bridge
