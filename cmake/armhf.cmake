# ARMv7 with a 32-bit Debian. Files are larger than 2 GiB there, too.
set(arch armhf)
set(triplet arm-linux-gnueabihf)
set(processor armv7l)
set(qemu qemu-arm-static)
set(CMAKE_CXX_FLAGS_INIT "-D_FILE_OFFSET_BITS=64 -Wno-psabi")
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
