# The rules: a library of their own beside the decoders, so that their tests build in seconds. Its code lies in
# gateway/rules and is reached through the doorway of gateway.
add_library(tidegate_rules STATIC
  rules/alarm_rule.cpp rules/alarm_setting.cpp rules/alarm_stage.cpp rules/alarm_text.cpp rules/alarm_watch.cpp rules/alarms.cpp
  rules/change_filter.cpp rules/derived_series.cpp rules/forward_choice.cpp rules/history_ages.cpp rules/matcher.cpp rules/rate_window.cpp
  rules/rule_set.cpp rules/sampler.cpp rules/scale.cpp rules/stages.cpp rules/state_log.cpp rules/state_record.cpp
  rules/summaries.cpp rules/summary.cpp rules/window.cpp rules/window_rebuild.cpp rules/window_stage.cpp rules/windows.cpp)
add_library(tidegate::rules ALIAS tidegate_rules)
target_include_directories(tidegate_rules PUBLIC ${CMAKE_BINARY_DIR}/include/gateway)
target_link_libraries(tidegate_rules PUBLIC tidegate_flags tidegate::decode tidegate::store)
