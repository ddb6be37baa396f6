#pragma once

#include <chrono>
#include <thread>

namespace tidegate::tests {

// Looks every few milliseconds until `condition` holds or the deadline has passed. Returns whether it holds.
template <class Condition>
bool wait_until(const Condition& condition, std::chrono::milliseconds most = std::chrono::seconds(10))
{
    const auto deadline = std::chrono::steady_clock::now() + most;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline) return condition();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace tidegate::tests
