# Flags that every target of ours is built with. No include path: a target sees only the folders that it links.
add_library(tidegate_flags INTERFACE)
target_compile_features(tidegate_flags INTERFACE cxx_std_20)
target_compile_options(tidegate_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor)
if(TIDEGATE_SANITIZE)
  target_compile_options(tidegate_flags INTERFACE -fsanitize=${TIDEGATE_SANITIZE} $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function> -fno-omit-frame-pointer)
  target_link_options(tidegate_flags INTERFACE -fsanitize=${TIDEGATE_SANITIZE})
  if(TIDEGATE_SANITIZE STREQUAL "thread")
    target_compile_definitions(tidegate_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

# tidegate_library(name [SOURCES file...] [NEEDS target...] [HIDES target...]): the static library of a folder.
# Its headers are reached as "name/file.hpp" through a folder of links that holds this folder alone, so that a target
# cannot include what it does not link: the direction of dependency is the compiler's business, not only a rule's.
function(tidegate_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;NEEDS;HIDES" ${ARGN})
  set(doorway ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${doorway})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${doorway}/${name} SYMBOLIC)
  add_library(tidegate_${name} STATIC ${ARG_SOURCES})
  add_library(tidegate::${name} ALIAS tidegate_${name})
  target_include_directories(tidegate_${name} PUBLIC ${doorway})
  target_link_libraries(tidegate_${name} PUBLIC tidegate_flags ${ARG_NEEDS} PRIVATE ${ARG_HIDES})
endfunction()
