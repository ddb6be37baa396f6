#pragma once

#include <cstddef>
#include <cstdint>

namespace tidegate::store {

// What the points so far say about the next one. Encoder and decoder go through the same states.
class ChunkModel {
public:
    explicit ChunkModel(std::int64_t base_ms) : last_ms_(base_ms), grid_ms_(base_ms) {}

    enum class Time : std::uint8_t { interval, change, grid };
    enum class Number : std::uint8_t { last, mean, line, pair };
    static constexpr std::size_t times = 3;
    static constexpr std::size_t numbers = 4;

    std::int64_t next_time(Time by) const;
    void saw_time(std::int64_t time_ms);
    std::int64_t next_number(Number by) const;
    void saw_number(std::int64_t number);

    std::int64_t step_ms() const { return step_ms_; }
    void set_step(std::int64_t step_ms) { step_ms_ = step_ms; }

    // The numbers of another kind, or with other decimals, tell nothing about the next.
    void set_class(std::uint8_t number_class);
    std::uint8_t number_class() const { return class_; }

private:
    std::int64_t last_ms_, grid_ms_;
    std::int64_t change_ms_ = 0;
    std::int64_t step_ms_ = 0;
    bool any_time_ = false;

    std::int64_t last_ = 0, before_ = 0;
    std::int64_t mean_ = 0;  // in sixteenths
    bool any_number_ = false;
    std::uint8_t class_ = 0xff;
};

}  // namespace tidegate::store
