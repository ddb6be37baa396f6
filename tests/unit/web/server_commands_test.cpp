#include "unit/web/server_fixture.hpp"

#include <gmock/gmock.h>

namespace tidegate::web {
namespace {

using nlohmann::json;

struct CommandsApiTest : ServerTest {
    tests::Answer post(const std::string& body,
                       const std::string& fields = "Content-Type: application/json\r\n")
    {
        auto& http = client();
        http.send("POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\n" + fields +
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        return http.answer();
    }
};

TEST_F(CommandsApiTest, TakesACommandAndSaysWhatIsKeptOfIt)
{
    const auto answer = post("good", "Content-Type: application/json; charset=utf-8\r\n");
    EXPECT_EQ(answer.status, 202);
    const auto taken = json::parse(answer.body);
    EXPECT_EQ(taken["id"], "1");
    EXPECT_EQ(taken["topic"], "cmnd/<x>");
    EXPECT_EQ(taken["state"], "waiting");
    EXPECT_EQ(taken["from"], "api");
    EXPECT_TRUE(taken["ended"].is_null());
    EXPECT_EQ(post("good").status, 200) << "the same once more is nothing new";
}

TEST_F(CommandsApiTest, SaysWhyACommandIsNotTaken)
{
    const auto answer = post("bad");
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
    EXPECT_EQ(json::parse(answer.body)["detail"], "not on the list");
    EXPECT_EQ(post(std::string(70'000, 'x')).status, 413);
}

TEST_F(CommandsApiTest, TakesNothingThatAFormOfAnotherSiteCouldPost)
{
    for (const auto* type : {"", "Content-Type: text/plain\r\n", "Content-Type: application/jsonp\r\n",
                             "Content-Type: application/x-www-form-urlencoded\r\n"})
        EXPECT_EQ(post("good", type).status, 415) << type;
    EXPECT_EQ(post("good", "Content-Type: application/json\r\nOrigin: http://evil.example\r\n").status, 403);
    EXPECT_TRUE(commands->list(0, "", 10).value().empty());
}

TEST_F(CommandsApiTest, ListsTheNewestFirstAndOneByItsId)
{
    store::Command command;
    for (const auto* id : {"a", "b", "c"}) {
        command.id = id;
        ASSERT_TRUE(commands->add(command));
    }
    auto& http = client();
    const auto page = json::parse(http.get("/api/v1/commands?limit=2").body);
    EXPECT_EQ(page["commands"][0]["id"], "c");
    EXPECT_EQ(page["commands"].size(), 2);
    const auto rest = json::parse(http.get("/api/v1/commands?after=" + page["next"].dump()).body);
    EXPECT_EQ(rest["commands"][0]["id"], "a");
    EXPECT_TRUE(rest["next"].is_null());
    EXPECT_EQ(json::parse(http.get("/api/v1/commands?id=b").body)["commands"].size(), 1);
    EXPECT_EQ(http.get("/api/v1/commands?limit=0").status, 400);
    EXPECT_EQ(http.request("DELETE", "/api/v1/commands").field("Allow"), "GET, HEAD, POST");
}

}  // namespace
}  // namespace tidegate::web
