#pragma once

#include "firmware-sim/device.hpp"

#include <cstdint>

// The families of firmware that the fleet is made of; each is what real boards of that family send
// (docs/operations.md). `index` is the device's place in the fleet, from 0; it gives the names. `seed` gives
// the values.
namespace tidegate::sim {

DevicePointer make_scalar(std::uint32_t index, std::uint64_t seed);
DevicePointer make_tasmota(std::uint32_t index, std::uint64_t seed);
DevicePointer make_shelly1(std::uint32_t index, std::uint64_t seed);
DevicePointer make_shelly2(std::uint32_t index, std::uint64_t seed);
DevicePointer make_zigbee2mqtt(std::uint32_t index, std::uint64_t seed);
DevicePointer make_esphome(std::uint32_t index, std::uint64_t seed);

}  // namespace tidegate::sim
