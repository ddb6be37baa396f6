#pragma once

#include "firmware-sim/random.hpp"

#include <cstddef>
#include <cstdint>

// What a sensor would measure. Pure: time comes in, in milliseconds since the Unix epoch, and never goes
// back; the same seed and the same times give the same values.
namespace tidegate::sim {

// Noise with a memory: a first-order autoregressive process that forgets with the time constant `memory_s`.
class Noise {
public:
    Noise(double deviation, double memory_s, Random& random);

    double sample(std::int64_t time_ms, Random& random);

private:
    double deviation_;
    double memory_s_;
    double value_;
    std::int64_t last_ms_ = 0;
};

struct WaveShape {
    double mean = 0;
    double daily = 0;       // half the swing over a day
    double peak_hour = 15;  // UTC
    double noise = 0;       // deviation of the noise with a memory of a minute
    double drift = 0;       // deviation of the wandering with a memory of six hours
    double lowest = -1e9;
    double highest = 1e9;
};

// A measured quantity: a daily curve, noise and a slow drift.
class Wave {
public:
    Wave(const WaveShape& shape, std::uint64_t seed);

    double sample(std::int64_t time_ms);

private:
    WaveShape shape_;
    Random random_;
    Noise noise_;
    Noise drift_;
};

// A meter: what a rate adds up to. Never falls, whatever the rate does.
class Counter {
public:
    explicit Counter(double start) : total_(start) {}

    double sample(std::int64_t time_ms, double per_hour);

private:
    double total_;
    std::int64_t last_ms_ = 0;
};

// A contact that changes now and then: stays as it is for `dwell_s` on average.
class Toggle {
public:
    Toggle(bool on, double dwell_s, std::uint64_t seed) : on_(on), dwell_s_(dwell_s), random_(seed) {}

    bool sample(std::int64_t time_ms);

private:
    bool on_;
    double dwell_s_;
    Random random_;
    std::int64_t last_ms_ = 0;
};

// A set value: one of some levels, for `dwell_s` on average, then another.
class Steps {
public:
    Steps(std::size_t levels, double dwell_s, std::uint64_t seed)
        : levels_(levels),
          dwell_s_(dwell_s),
          random_(seed),
          level_(random_() % levels)
    {
    }

    std::size_t sample(std::int64_t time_ms);

private:
    std::size_t levels_;  // at least one
    double dwell_s_;
    Random random_;
    std::size_t level_;
    std::int64_t last_ms_ = 0;
};

}  // namespace tidegate::sim
