#include "firmware-sim/faults.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::sim {

namespace {

constexpr std::array<std::string_view, fault_count> names = {"dropout", "duplicate", "late",  "clock",
                                                             "bad",     "flood",     "reboot"};
constexpr std::int64_t hour_ms = 3'600'000;

}  // namespace

std::string_view to_string(Fault fault)
{
    return names.at(static_cast<std::size_t>(fault));
}

std::optional<Fault> fault_named(std::string_view name)
{
    const auto* found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Fault>(found - names.begin());
}

FaultyFleet::FaultyFleet(Fleet fleet, const FaultRates& rates, std::uint64_t seed)
    : fleet_(std::move(fleet)),
      rates_(rates),
      random_(seed ^ 0x6661756c7473ULL),
      troubles_(fleet_.size() + 1)
{
}

bool FaultyFleet::happens(Fault fault)
{
    const auto place = static_cast<std::size_t>(fault);
    if (rates_[place] <= 0 || random_.uniform() >= rates_[place]) return false;
    ++counts_[place];
    return true;
}

void FaultyFleet::set_clocks()
{
    const std::array<std::int64_t, 3> ahead = {hour_ms, -24 * hour_ms, -first_ms_};
    for (std::uint32_t device = 1; device <= fleet_.size(); ++device)
        if (happens(Fault::clock)) fleet_.set_clock(device, ahead[random_() % ahead.size()]);
}

Message FaultyFleet::next(std::int64_t time_ms)
{
    if (std::exchange(first_ms_, first_ms_ == 0 ? time_ms : first_ms_) == 0) set_clocks();
    while (pending_.empty()) {
        if (auto said = fleet_.announce(time_ms)) return std::move(*said);  // what is known of it stays known
        auto message = fleet_.next(time_ms);
        if (!keeps_back(message)) befall(std::move(message), time_ms);
    }
    auto message = std::move(pending_.front());
    pending_.pop_front();
    return message;
}

bool FaultyFleet::keeps_back(const Message& message)
{
    auto& trouble = troubles_[message.device];
    if (trouble.silent > 0) {
        --trouble.silent;
        return true;
    }
    if (trouble.holding == 0) return false;
    trouble.held.push_back(message);
    if (--trouble.holding == 0)
        for (auto& held : std::exchange(trouble.held, {})) pending_.push_back(std::move(held));
    return true;
}

void FaultyFleet::befall(Message message, std::int64_t time_ms)
{
    const auto device = message.device;
    if (happens(Fault::dropout)) troubles_[device].silent = spell;
    if (happens(Fault::late)) troubles_[device].holding = spell;
    if (happens(Fault::bad))
        message.payload = broken(message.payload);
    else if (happens(Fault::duplicate))
        pending_.push_back(message);
    pending_.push_back(std::move(message));
    if (happens(Fault::flood))
        for (int i = 0; i < flood; ++i) pending_.push_back(fleet_.again(device, time_ms));
    if (happens(Fault::reboot))
        for (auto& said : fleet_.reboot(device, time_ms)) pending_.push_back(std::move(said));
}

std::string FaultyFleet::broken(const std::string& payload)
{
    const bool json = payload.starts_with('{');
    const auto dice = random_() % 3;
    if (dice == 0) return json ? std::string(1000, '[') + std::string(1000, ']') : std::string();
    if (dice == 1 && json) return payload.substr(0, payload.size() / 2);
    std::string bytes(1, '\xff');  // begins neither a text nor any form
    for (int i = 0; i < 24; ++i) bytes.push_back(static_cast<char>(random_()));
    return bytes;
}

std::map<std::string, std::uint64_t> FaultyFleet::faults() const
{
    std::map<std::string, std::uint64_t> all;
    for (std::size_t i = 0; i < fault_count; ++i)
        if (rates_[i] > 0) all.emplace(names[i], counts_[i]);
    return all;
}

}  // namespace tidegate::sim
