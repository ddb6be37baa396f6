#include "gateway/temperature.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace tidegate::gateway {
namespace {

namespace fs = std::filesystem;

struct Temperature : testing::Test {
    Temperature() : root(fs::temp_directory_path() / ("thermal-" + std::to_string(::getpid()))) {}
    ~Temperature() override { fs::remove_all(root); }

    void zone(int n, const std::string& type, const std::string& temp) const
    {
        const auto folder = root / "sys/class/thermal" / ("thermal_zone" + std::to_string(n));
        fs::create_directories(folder);
        std::ofstream(folder / "type") << type << "\n";
        std::ofstream(folder / "temp") << temp << "\n";
    }

    fs::path root;
};

TEST_F(Temperature, IsThatOfTheProcessor)
{
    zone(0, "cpu-thermal", "48312");
    EXPECT_DOUBLE_EQ(cpu_celsius(root).value(), 48.312);
    zone(0, "acpitz", "27800");
    zone(1, "x86_pkg_temp", "61000");
    EXPECT_DOUBLE_EQ(cpu_celsius(root).value(), 61);
}

TEST_F(Temperature, IsThatOfTheFirstZoneWhereNoneIsNamedSo)
{
    zone(0, "acpitz", "27800");
    zone(1, "iwlwifi_1", "40000");
    EXPECT_DOUBLE_EQ(cpu_celsius(root).value(), 27.8);
}

TEST_F(Temperature, IsNotThereWhereTheMachineDoesNotSayOne)
{
    EXPECT_FALSE(cpu_celsius(root).has_value());
    for (const auto* said : {"", "hot", "0", "-274000", "1000000"}) {
        zone(0, "cpu-thermal", said);
        EXPECT_FALSE(cpu_celsius(root).has_value()) << said;
    }
}

}  // namespace
}  // namespace tidegate::gateway
