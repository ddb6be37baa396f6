#pragma once

#include "gateway/decode/knowledge.hpp"
#include "gateway/decode/message.hpp"

#include <array>
#include <string>
#include <string_view>

namespace tidegate::gateway {

// The topics under which the Tasmota devices of tasmota/discovery speak, whatever their FullTopic is.
class TasmotaTopics {
public:
    static constexpr std::size_t most = 10'000;

    struct Device {
        std::string name;          // its topic; the name for people is "Tasmota" for most
        std::string availability;  // topic of its LWT
    };

    // `base` is the FullTopic without the last slash, with prefix and topic in place.
    void learn(std::string base, Device device)
    {
        if (bases_.size() < most || bases_.contains(base))
            bases_.insert_or_assign(std::move(base), std::move(device));
    }

    // The device that speaks on BASE/SOMETHING; none: nobody that was discovered.
    const Device* of(const Topic& topic) const
    {
        if (bases_.empty()) return nullptr;
        const auto found = bases_.find(topic.before(topic.size() - 1));
        return found == bases_.end() ? nullptr : &found->second;
    }

private:
    ByText<Device> bases_;
};

}  // namespace tidegate::gateway
