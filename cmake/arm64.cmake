# Raspberry Pi 3, 4, 5 and Zero 2 with a 64-bit system.
set(arch arm64)
set(triplet aarch64-linux-gnu)
set(processor aarch64)
set(qemu qemu-aarch64-static)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
