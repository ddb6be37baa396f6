#pragma once

namespace tidegate::gateway {

inline constexpr auto version = TIDEGATE_VERSION;  // from CMakeLists.txt

}  // namespace tidegate::gateway
