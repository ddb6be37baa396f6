#include "gateway/decode/family.hpp"

#include "gateway/decode/families/broker_status.hpp"
#include "gateway/decode/families/chirpstack.hpp"
#include "gateway/decode/families/esphome.hpp"
#include "gateway/decode/families/evcc.hpp"
#include "gateway/decode/families/home_assistant.hpp"
#include "gateway/decode/families/homie.hpp"
#include "gateway/decode/families/open_mqtt_gateway.hpp"
#include "gateway/decode/families/own_tracks.hpp"
#include "gateway/decode/families/rtl_433.hpp"
#include "gateway/decode/families/shelly1.hpp"
#include "gateway/decode/families/shelly2.hpp"
#include "gateway/decode/families/sparkplug.hpp"
#include "gateway/decode/families/tasmota.hpp"
#include "gateway/decode/families/things_network.hpp"
#include "gateway/decode/families/value_and_unit.hpp"
#include "gateway/decode/families/victron.hpp"
#include "gateway/decode/families/wirenboard.hpp"
#include "gateway/decode/families/zigbee2mqtt.hpp"
#include "gateway/decode/families/zwave.hpp"

#include <algorithm>
#include <array>

namespace tidegate::gateway {

std::span<const Family* const> families()
{
    // Those with a first level of their own come before those that look at the end of a topic.
    static constexpr std::array<const Family*, 19> all = {
        &broker_status, &home_assistant, &sparkplug_b,    &homie,
        &zigbee2mqtt,   &shelly1,        &things_network, &chirpstack,
        &victron,       &own_tracks,     &evcc,           &zwave,
        &wirenboard,    &tasmota,        &rtl_433,        &open_mqtt_gateway,
        &shelly2,       &esphome,        &value_and_unit};
    return all;
}

const Family* family_of(const Topic& topic)
{
    const auto all = families();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](auto* family) { return family->claims(topic); });
    return found == all.end() ? nullptr : *found;
}

const Family* family_named(std::string_view name)
{
    const auto all = families();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](auto* family) { return family->name == name; });
    return found == all.end() ? nullptr : *found;
}

}  // namespace tidegate::gateway
