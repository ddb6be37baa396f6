# Whether devices are there, and how hard the gateway is pressed: libraries of their own, whose tests link
# neither web nor bridge. Their code is reached through the doorway of gateway.
add_library(tidegate_liveness STATIC liveness/liveness.cpp liveness/words.cpp load/load_level.cpp temperature.cpp)
add_library(tidegate::liveness ALIAS tidegate_liveness)
target_include_directories(tidegate_liveness PUBLIC ${CMAKE_BINARY_DIR}/include/gateway)
target_link_libraries(tidegate_liveness PUBLIC tidegate_flags tidegate::decode tidegate::store tidegate::base)
