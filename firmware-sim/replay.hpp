#pragma once

#include "firmware-sim/record.hpp"
#include "firmware-sim/source.hpp"

#include <fstream>
#include <optional>
#include <string>

namespace tidegate::sim {

// A recording, played at its pace or faster.
class Replay : public Source {
public:
    // `speed`: 1 is as it was, 60 an hour a minute; 0: as fast as the broker takes it. std::runtime_error: it
    // cannot be read.
    Replay(const std::string& file, double speed);

    Message next(std::int64_t time_ms) override;  // only while it has not ended
    std::optional<std::int64_t> due_us() const override;
    bool ended() const override { return !ahead_; }

private:
    void read_ahead();

    std::string file_;
    double speed_;
    std::ifstream in_;
    RecordReader reader_;
    std::optional<Recorded> ahead_;
    std::int64_t first_ms_ = 0;
};

}  // namespace tidegate::sim
