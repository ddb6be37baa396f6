#pragma once

#include "base/error.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tidegate::bridge {

// A topic filter and the quality of service asked for.
struct Subscription {
    // Implicit, for lists of filters.
    Subscription(std::string topic_filter, int its_qos = 1) : filter(std::move(topic_filter)), qos(its_qos) {}
    Subscription(const char* topic_filter, int its_qos = 1) : filter(topic_filter), qos(its_qos) {}
    std::string filter;
    int qos;
};

// Those that no other one covers. Errors: invalid (none, an empty filter, a QoS beyond 2, or one that is
// covered by another with another QoS: its messages would come twice).
Result<std::vector<Subscription>> disjoint(const std::vector<Subscription>& subscriptions);

}  // namespace tidegate::bridge
