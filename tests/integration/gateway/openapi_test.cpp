// The document that the daemon serves of itself, against what it answers.
#include "support/broker.hpp"
#include "support/gateway.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <gtest/gtest.h>

namespace tidegate::tests {
namespace {

TEST(OpenApi, IsWhatTheDaemonAnswers)
{
    Broker broker;
    TempDir dir;
    Gateway gateway{broker.url(), "",
                    "[commands]\nallow = [\"cmnd/#\"]\n"
                    "[[alarm]]\nname = \"high\"\ntopic = \"plant/a\"\nfield = \"/level\"\nabove = 20\n"
                    "[[upstream]]\nname = \"cloud\"\nkind = \"mqtt\"\nurl = \"mqtt://127.0.0.1:1\"\n"};
    // An alarm to acknowledge.
    ASSERT_EQ(
        gateway.post_json("/api/v1/readings", {{"topic", "plant/a"}, {"field", "/level"}, {"v", 25}}).status,
        202);
    ASSERT_TRUE(wait_until([&] { return !gateway.json("/api/v1/alarms")["alarms"].empty(); }));
    Process check({"python3", CHECK_OPENAPI, "http://127.0.0.1:" + std::to_string(gateway.port())},
                  {.output = dir / "check.log"});
    EXPECT_EQ(check.wait(std::chrono::seconds(60)), 0) << check.output();
}

}  // namespace
}  // namespace tidegate::tests
