#include "bridge/http_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::bridge {
namespace {

using namespace std::chrono_literals;

ErrorKind kind_of(long status)
{
    return judge({.status = status}, "https://up").error().kind;
}

TEST(HttpAnswer, TakesAnySuccessForAnAcknowledgement)
{
    for (const long status : {200, 201, 202, 204})
        EXPECT_TRUE(judge({.status = status}, "https://up")) << status;
    EXPECT_TRUE(
        judge({.status = 200, .content_type = "application/json", .body = R"({"ok":true})"}, "https://up"));
    EXPECT_TRUE(judge({.status = 200, .content_type = "text/html"}, "https://up"))
        << "an empty body is no page";
}

TEST(HttpAnswer, DoesNotTakeALoginPageForAnAcknowledgement)
{
    for (const auto& page :
         {HttpAnswer{.status = 200, .content_type = "text/html; charset=utf-8", .body = "Welcome"},
          HttpAnswer{.status = 200, .content_type = "TEXT/HTML", .body = "Welcome"},
          HttpAnswer{.status = 200, .body = " \n<!DOCTYPE html><title>Log in"},
          HttpAnswer{.status = 200, .content_type = "text/plain", .body = "<HTML><body>"}}) {
        const auto judged = judge(page, "https://up");
        ASSERT_FALSE(judged);
        EXPECT_EQ(judged.error().kind, ErrorKind::unavailable);
    }
}

TEST(HttpAnswer, TellsWhatToTryAgainFromWhatNot)
{
    for (const long status : {400, 413, 422}) EXPECT_EQ(kind_of(status), ErrorKind::invalid) << status;
    for (const long status : {401, 403}) EXPECT_EQ(kind_of(status), ErrorKind::denied) << status;
    for (const long status : {301, 302, 307, 404, 405, 408, 425, 429, 500, 502, 503, 504, 0, 100})
        EXPECT_EQ(kind_of(status), ErrorKind::unavailable) << status;
}

TEST(HttpAnswer, SaysWhatCameBack)
{
    EXPECT_THAT(judge({.status = 400, .body = "no such\nfield"}, "https://up").error().what,
                testing::AllOf(testing::HasSubstr("https://up answers 400"),
                               testing::HasSubstr("no such\\x0afield")));
    EXPECT_THAT(judge({.status = 302, .location = "http://login"}, "https://up").error().what,
                testing::HasSubstr("http://login"));
}

TEST(HttpAnswer, TellsNoSecretOfARedirect)
{
    for (const auto* location :
         {"https://me:secret@login/path?token=secret#secret", "https://login/path?secret",
          "https://login/path#secret", "//me:secret@login/path", "https://m@e:s/e@secret@login/path"}) {
        const auto what = judge({.status = 302, .location = location}, "https://up").error().what;
        EXPECT_THAT(what, testing::Not(testing::HasSubstr("secret"))) << location;
        EXPECT_THAT(what, testing::HasSubstr("login/path")) << location;
    }
    EXPECT_THAT(judge({.status = 302, .location = "/up/now"}, "https://up").error().what,
                testing::HasSubstr("/up/now"));
}

TEST(HttpAnswer, StaysAwayAsLongAsAskedButNotForHours)
{
    EXPECT_EQ(stay_away({.status = 503, .retry_after = 7s}), 7s);
    EXPECT_EQ(stay_away({.status = 429, .retry_after = 24h}), 5min);
    EXPECT_EQ(stay_away({.status = 503, .retry_after = -1s}), 0s);
    EXPECT_EQ(stay_away({.status = 500, .retry_after = 7s}), 0s);
}

}  // namespace
}  // namespace tidegate::bridge
