# The decoders: a library of their own, so that a fuzz target builds in seconds. Its code lies in gateway/decode and is
# reached through the doorway of gateway.

# Sparkplug B's payloads are generated code, which is built without our warnings.
find_package(Protobuf REQUIRED)
set(generated ${CMAKE_BINARY_DIR}/generated)
set(sparkplug ${generated}/gateway/decode/families/sparkplug_b)
file(MAKE_DIRECTORY ${generated}/gateway/decode/families)
add_custom_command(
  OUTPUT ${sparkplug}.pb.cc ${sparkplug}.pb.h
  COMMAND protobuf::protoc --cpp_out=${generated}/gateway/decode/families --proto_path=${CMAKE_CURRENT_SOURCE_DIR}/decode/families
          ${CMAKE_CURRENT_SOURCE_DIR}/decode/families/sparkplug_b.proto
  DEPENDS decode/families/sparkplug_b.proto VERBATIM)
add_library(tidegate_sparkplug STATIC ${sparkplug}.pb.cc ${sparkplug}.pb.h)
target_include_directories(tidegate_sparkplug SYSTEM PUBLIC ${generated})
target_link_libraries(tidegate_sparkplug PUBLIC protobuf::libprotobuf-lite)
if(TIDEGATE_SANITIZE)
  target_compile_options(tidegate_sparkplug PRIVATE -fsanitize=${TIDEGATE_SANITIZE} -fno-omit-frame-pointer)
endif()

add_library(tidegate_decode STATIC
  decode/chosen.cpp decode/collector.cpp decode/controls.cpp decode/decoder.cpp decode/device_time.cpp decode/family.cpp decode/json_fields.cpp decode/json_trouble.cpp
  decode/knowledge.cpp decode/naming.cpp decode/payload.cpp decode/scalar.cpp decode/value_text.cpp
  decode/families/broker_status.cpp decode/families/cbor.cpp decode/families/chirpstack.cpp
  decode/families/esphome.cpp decode/families/evcc.cpp decode/families/home_assistant.cpp decode/families/home_assistant_controls.cpp
  decode/families/homie.cpp decode/families/line_protocol.cpp decode/families/message_pack.cpp
  decode/families/open_mqtt_gateway.cpp decode/families/own_tracks.cpp decode/families/rtl_433.cpp
  decode/families/senml.cpp decode/families/shelly1.cpp decode/families/shelly2.cpp
  decode/families/sparkplug.cpp decode/families/sparkplug_nodes.cpp decode/families/sparkplug_values.cpp
  decode/families/tasmota.cpp decode/families/things_network.cpp decode/families/value_and_unit.cpp
  decode/families/value_template.cpp decode/families/victron.cpp decode/families/wirenboard.cpp
  decode/families/zigbee2mqtt.cpp decode/families/zwave.cpp)
add_library(tidegate::decode ALIAS tidegate_decode)
target_include_directories(tidegate_decode PUBLIC ${CMAKE_BINARY_DIR}/include/gateway)
target_link_libraries(tidegate_decode
  PUBLIC tidegate_flags tidegate::store PRIVATE nlohmann_json::nlohmann_json tidegate_sparkplug)
