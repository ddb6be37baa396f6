// docs/examples: what people copy has to be right.
#include "gateway/config/load.hpp"
#include "gateway/web_options.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

namespace tidegate::gateway {
namespace {

const std::filesystem::path folder = TIDEGATE_SOURCE_DIR "/docs/examples";

std::string text_of(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> examples()
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, IsAGoodConfigurationThatIsListedAndExplained)
{
    const auto file = folder / (GetParam() + ".toml");
    const auto loaded = load_config(file);

    EXPECT_THAT(loaded.problems, testing::IsEmpty());
    EXPECT_THAT(text_of(folder / "README.md"),
                testing::HasSubstr("[" + GetParam() + ".toml](" + GetParam() + ".toml)"));
    const auto text = text_of(file);
    EXPECT_GE(std::ranges::count(text, '#'), 4) << "comments that teach";
    EXPECT_EQ(text.find("\t"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Docs, Example, testing::ValuesIn(examples()), [](const auto& one) {
    auto name = one.param;
    std::ranges::replace(name, '-', '_');
    return name;
});

TEST(Examples, AreTwentyAtLeast)
{
    EXPECT_GE(examples().size(), 20U);
}

TEST(PackagedConfiguration, ServesTheNetworkByTlsToWhoLogsIn)
{
    const auto loaded = load_config(TIDEGATE_SOURCE_DIR "/packaging/tidegate.toml");

    EXPECT_THAT(loaded.problems, testing::IsEmpty());
    EXPECT_FALSE(listens_on_loopback(loaded.config.web));
    EXPECT_TRUE(tls_options(loaded.config));
    EXPECT_TRUE(loaded.config.web.accounts);
    EXPECT_EQ(dashboard_url(loaded.config, 8080), "https://" + boost::asio::ip::host_name() + ":8080");
}

}  // namespace
}  // namespace tidegate::gateway
