#include "gateway/time_zone.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tidegate::gateway {

std::string time_zone()
{
    if (const char* chosen = std::getenv("TZ"); chosen != nullptr && *chosen != '\0')
        return *chosen == ':' ? chosen + 1 : chosen;
    std::error_code failed;
    const auto link = std::filesystem::read_symlink("/etc/localtime", failed).string();
    constexpr std::string_view above = "/zoneinfo/";
    if (const auto at = link.find(above); !failed && at != std::string::npos)
        return link.substr(at + above.size());
    std::string name;
    std::ifstream file("/etc/timezone");
    std::getline(file, name);
    return name;
}

}  // namespace tidegate::gateway
