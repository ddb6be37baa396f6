#include "unit/web/server_fixture.hpp"
#include "web/server/api.hpp"
#include "web/server/router.hpp"

#include <algorithm>
#include <set>

namespace tidegate::web {
namespace {

using nlohmann::json;

// A path of the document as the router's table has it: {name} is "*".
std::string as_pattern(const std::string& path)
{
    const auto open = path.find('{');
    if (open == std::string::npos) return path;
    return path.substr(0, open) + "*" + path.substr(path.find('}') + 1);
}

std::set<std::string> documented()
{
    std::set<std::string> found;
    const auto paths = json::parse(openapi_text())["paths"];
    for (const auto& [path, operations] : paths.items())
        for (const auto& [method, operation] : operations.items()) {
            if (method == "parameters") continue;
            std::string name = method;
            std::ranges::transform(name, name.begin(),
                                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
            found.insert(name + " " + as_pattern(path));
        }
    return found;
}

TEST(OpenApi, DescribesEveryRouteAndNoOther)
{
    std::set<std::string> there;
    for (const auto& route : all_routes())
        there.insert(std::string(route.method) + " " + std::string(route.path));
    EXPECT_EQ(documented(), there);
}

TEST(OpenApi, NamesEachOperationOnceAndPointsAtSchemasThatAreThere)
{
    const auto document = json::parse(openapi_text());
    EXPECT_EQ(document["openapi"], "3.1.0");
    std::set<std::string> names;
    for (const auto& [path, operations] : document["paths"].items())
        for (const auto& [method, operation] : operations.items())
            if (method != "parameters") {
                EXPECT_TRUE(names.insert(operation["operationId"].get<std::string>()).second) << path;
            }
    const auto text = document.dump();
    const std::string mark = R"("$ref":"#)";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        const auto pointer =
            text.substr(at + mark.size(), text.find('"', at + mark.size()) - at - mark.size());
        EXPECT_TRUE(document.contains(json::json_pointer(pointer))) << pointer;
    }
}

// What waits for a thread of its own may find too many waiting, whatever it asks.
TEST(OpenApi, SaysOfEveryRouteThatMayBeBusyThatItMay)
{
    const auto document = json::parse(openapi_text());
    for (const auto& [path, operations] : document["paths"].items())
        for (const auto& route : all_routes()) {
            std::string method(route.method);
            std::ranges::transform(method, method.begin(),
                                   [](char c) { return static_cast<char>(c - 'A' + 'a'); });
            if (route.path != as_pattern(path) || !operations.contains(method)) continue;
            const auto& answers = operations[method]["responses"];
            if (route.where != Where::web_thread) {
                EXPECT_TRUE(answers.contains("503")) << method << ' ' << path;
            }
            EXPECT_TRUE(answers.contains("429")) << method << ' ' << path;
        }
}

TEST_F(ServerTest, ServesItsDescriptionAndNotTwiceToWhoHasIt)
{
    const auto first = client().get("/api/v1/openapi.json");
    EXPECT_EQ(first.status, 200U);
    EXPECT_EQ(first.body, openapi_text());
    const auto again = client().get("/api/v1/openapi.json", "If-None-Match: " + first.field("ETag") + "\r\n");
    EXPECT_EQ(again.status, 304U);
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(client().get("/api/v1/openapi.json", "If-None-Match: \"other\"\r\n").status, 200U);
    // One tag for other bytes may not be a strong one.
    const auto packed = client().get("/api/v1/openapi.json", "Accept-Encoding: gzip\r\n");
    EXPECT_NE(packed.body, first.body);
    EXPECT_TRUE(packed.field("ETag") != first.field("ETag") || packed.field("ETag").starts_with("W/"));
}

}  // namespace
}  // namespace tidegate::web
