# cmake -DDIST=<built dashboard> -DOUT=<folder> [-DBROTLI=<program>] -P embed_assets.cmake
# Packs every file with gzip and brotli and writes assets.S, which pulls the packed bytes in, and assets.cpp, the table of them.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE files RELATIVE ${DIST} LIST_DIRECTORIES false ${DIST}/*)
list(FILTER files EXCLUDE REGEX "\\.map$|(^|/)\\.")
list(SORT files)
if(NOT "index.html" IN_LIST files)
  set(files "")
endif()

set(assembly "// Written by embed_assets.cmake.\n    .section .rodata\n")
set(declarations "")
set(entries "")
set(index 0)
file(MAKE_DIRECTORY ${OUT})
foreach(file IN LISTS files)
  set(packed ${OUT}/${index}.gz)
  execute_process(COMMAND gzip -9nc ${DIST}/${file} OUTPUT_FILE ${packed} COMMAND_ERROR_IS_FATAL ANY)
  # Fonts and images are packed already.
  if(BROTLI AND NOT file MATCHES "\\.(woff2|png|ico)$")
    execute_process(COMMAND ${BROTLI} -q 11 -w 22 -c ${DIST}/${file} OUTPUT_FILE ${OUT}/${index}.br COMMAND_ERROR_IS_FATAL ANY)
  else()
    file(WRITE ${OUT}/${index}.br "")
  endif()
  file(SHA256 ${DIST}/${file} hash)
  file(SIZE ${DIST}/${file} size)
  string(SUBSTRING ${hash} 0 16 tag)
  set(name tidegate_asset_${index})
  # The hash stands in the assembly so that a changed file makes changed text: the assembler's inputs are not tracked.
  string(APPEND assembly "    .global ${name}, ${name}_end\n${name}: // ${hash}\n    .incbin \"${packed}\"\n${name}_end:\n    .global ${name}_br, ${name}_br_end\n${name}_br:\n    .incbin \"${OUT}/${index}.br\"\n${name}_br_end:\n")
  string(APPEND declarations "extern const char ${name}[], ${name}_end[], ${name}_br[], ${name}_br_end[];\n")
  string(APPEND entries "    {\"/${file}\", \"\\\"${tag}\\\"\", between(${name}, ${name}_end), ${size}, between(${name}_br, ${name}_br_end)},\n")
  math(EXPR index "${index} + 1")
endforeach()
string(APPEND assembly "    .section .note.GNU-stack,\"\",%progbits\n")

set(head "// Written by embed_assets.cmake.\n#include \"web/server/assets.hpp\"\n\n")
if(index EQUAL 0)
  set(body "std::span<const Asset> embedded_assets()\n{\n    return {};\n}\n")
else()
  string(CONCAT body
    "namespace {\nstd::string_view between(const char* begin, const char* end)\n{\n"
    "    return {begin, static_cast<std::size_t>(end - begin)};\n}\n}  // namespace\n\n"
    "std::span<const Asset> embedded_assets()\n{\n    static const Asset assets[] = {\n${entries}    };\n    return assets;\n}\n")
endif()
file(WRITE ${OUT}/assets.S "${assembly}")
file(WRITE ${OUT}/assets.cpp "${head}extern \"C\" {\n${declarations}}\n\nnamespace tidegate::web {\n${body}}  // namespace tidegate::web\n")
