#pragma once

#include "gateway/decode/family.hpp"

namespace tidegate::gateway {

// OwnTracks: owntracks/USER/DEVICE.
extern const Family own_tracks;

}  // namespace tidegate::gateway
