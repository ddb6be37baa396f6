#pragma once

#include <filesystem>
#include <optional>

namespace tidegate::gateway {

// Of the processor, °C, as the kernel's thermal zones say below `root` (sysfs(5)): that of the processor by
// its name, else the first. None: this machine has none, or what it says is no temperature of one that runs.
std::optional<double> cpu_celsius(const std::filesystem::path& root = "/");

}  // namespace tidegate::gateway
