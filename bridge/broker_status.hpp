#pragma once

#include "bridge/subscriber_status.hpp"
#include "bridge/subscriptions.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>

namespace tidegate::bridge {

// What is known of a subscriber's connection, and what it waits for. Any thread. Private to bridge/.
class BrokerStatus {
public:
    explicit BrokerStatus(const std::string& broker) { status_.broker = broker; }

    void is(const std::string& broker);  // its url as users write it
    void connecting();                   // an attempt begins
    void connected(bool session_present, int version);
    void answered();  // something has come of the subscriptions
    void settle(const Subscriptions::Answer& answer);
    void lost(LinkEnd end, const std::string& why);  // or not got; the first reason counts
    void stopped();

    // While a connection stands: until it is lost (false), something has come of the subscriptions, or `most`
    // has passed.
    bool stands(const std::stop_token& stop, std::chrono::milliseconds most);

    void pause(const std::stop_token& stop, std::chrono::milliseconds time);  // before the next attempt
    SubscriberStatus copy() const;

private:
    mutable std::mutex mutex_;  // of all; held for a copy
    std::condition_variable_any changed_;
    SubscriberStatus status_;
    bool lost_ = false;      // since the last attempt to connect began
    bool answered_ = false;  // and stands() has not told it
};

}  // namespace tidegate::bridge
