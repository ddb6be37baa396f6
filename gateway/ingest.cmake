# What comes by HTTP: a library of its own, whose tests build in seconds. Its code is reached through the doorway of gateway.
add_library(tidegate_ingest STATIC ingest/post_inlet.cpp ingest/posted_lines.cpp ingest/posted_readings.cpp)
add_library(tidegate::ingest ALIAS tidegate_ingest)
target_include_directories(tidegate_ingest PUBLIC ${CMAKE_BINARY_DIR}/include/gateway)
target_link_libraries(tidegate_ingest
  PUBLIC tidegate_flags tidegate::liveness tidegate::decode tidegate::bridge tidegate::web PRIVATE nlohmann_json::nlohmann_json)
