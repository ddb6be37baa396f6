#include "firmware-sim/replay.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <stdexcept>
#include <utility>

namespace tidegate::sim {

namespace {

std::ifstream opened(const std::string& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(file + ": no such file, or it cannot be read");
    return in;
}

}  // namespace

Replay::Replay(const std::string& file, double speed)
    : file_(file),
      speed_(speed),
      in_(opened(file)),
      reader_(in_)
{
    read_ahead();
    if (ahead_) first_ms_ = ahead_->time_ms;
}

void Replay::read_ahead()
{
    try {
        ahead_ = reader_.next();
    } catch (const std::runtime_error& problem) {
        throw std::runtime_error(fmt::format("{}: {}", file_, problem.what()));
    }
}

Message Replay::next(std::int64_t /*time_ms*/)
{
    auto message = std::move(ahead_->message);
    // What is of one topic goes over one connection, and so stays in order.
    constexpr std::size_t many = 1'000'003;
    message.device = static_cast<std::uint32_t>(std::hash<std::string>()(message.topic) % many + 1);
    read_ahead();
    return message;
}

std::optional<std::int64_t> Replay::due_us() const
{
    if (!ahead_ || speed_ == 0) return 0;
    return static_cast<std::int64_t>(
        static_cast<double>(std::max<std::int64_t>(0, ahead_->time_ms - first_ms_)) * 1000.0 / speed_);
}

}  // namespace tidegate::sim
