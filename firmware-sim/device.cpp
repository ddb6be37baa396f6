#include "firmware-sim/device.hpp"

namespace tidegate::sim {

Device::Device(const Profile& profile, std::uint32_t index, std::uint64_t seed)
    : kind_(profile.kinds[profile.pattern[index % profile.pattern.size()]]),
      word_(kind_.words[index % kind_.words.size()]),
      index_(index + 1),
      signals_(kind_.signals, seed)
{
    name_ = kind_.name.render(moment(0));
}

Moment Device::moment(std::int64_t time_ms) const
{
    return {name_, word_, index_, time_ms, time_ms + ahead_ms_, seq_, signals_};
}

Message Device::say(const MessageSpec& spec, std::int64_t time_ms) const
{
    const auto now = moment(time_ms);
    Message message{spec.topic.render(now), in_form(spec.form, spec.payload.render(now))};
    message.retained = spec.retained;
    return message;
}

Message Device::next(std::int64_t time_ms)
{
    return say(kind_.messages[kind_.turns[turn_++ % kind_.turns.size()]], time_ms);
}

std::vector<Message> Device::births(std::int64_t time_ms)
{
    seq_ = 0;
    std::vector<Message> all;
    for (const auto& birth : kind_.births) all.push_back(say(birth, time_ms));
    return all;
}

std::optional<Message> Device::availability(bool online) const
{
    if (!kind_.availability) return std::nullopt;
    return Message{kind_.availability->topic.render(moment(0)),
                   online ? kind_.availability->online : kind_.availability->offline};
}

void Device::reboot(std::int64_t time_ms)
{
    turn_ = 0;
    signals_.reboot(time_ms);
}

}  // namespace tidegate::sim
