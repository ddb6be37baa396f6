#include "web/server/static_files.hpp"

#include "base/gzip.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>

namespace tidegate::web {
namespace {

std::string header(const Reply& reply, std::string_view name)
{
    for (const auto& [key, value] : reply.headers) {
        if (key == name) return value;
    }
    return "";
}

struct StaticFilesTest : testing::Test {
    const std::string page = "<!doctype html>" + std::string(5000, 'x');
    const std::string packed_page = gzipped(page, 9);
    const std::string packed_script = gzipped("1", 9);
    const std::array<Asset, 2> assets{{{"/assets/index-B3x9fQ1a.js", "\"aa\"", packed_script, 1, "br bytes"},
                                       {"/index.html", "\"bb\"", packed_page, page.size()}}};
    StaticFiles files{assets};

    Reply get(std::string path, std::string codings = "gzip", std::string if_none_match = {})
    {
        Request request;
        request.path = std::move(path);
        request.accept_encoding = std::move(codings);
        request.if_none_match = std::move(if_none_match);
        return files.get(request);
    }
};

TEST_F(StaticFilesTest, ServesThePagePackedAsItIs)
{
    const Reply reply = get("/");
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(reply.body, packed_page);
    EXPECT_EQ(header(reply, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(reply, "Cache-Control"), "no-cache");
    EXPECT_EQ(header(reply, "ETag"), "\"bb-gz\"");
    EXPECT_EQ(header(reply, "Vary"), "Accept-Encoding");
}

TEST_F(StaticFilesTest, UnpacksForAClientWithoutGzip)
{
    const Reply reply = get("/index.html", "");
    EXPECT_EQ(reply.body, page);
    EXPECT_EQ(header(reply, "Content-Encoding"), "");
}

TEST_F(StaticFilesTest, SaysNotModifiedToWhoeverHasIt)
{
    EXPECT_EQ(get("/", "gzip", "\"bb-gz\"").status, 304U);
    EXPECT_EQ(get("/", "gzip", "\"zz\", W/\"bb-gz\"").status, 304U);
    EXPECT_TRUE(get("/", "gzip", "*").body.empty());
    EXPECT_EQ(get("/", "gzip", "\"aa-gz\"").status, 200U);
    EXPECT_EQ(get("/", "gzip", "\"bb\"").status, 200U) << "that is the plain one";
    EXPECT_EQ(get("/", "", "\"bb\"").status, 304U);
}

struct Wish {
    const char *codings, *given;
};

TEST_F(StaticFilesTest, GivesTheCodingThatIsWantedMost)
{
    for (const auto& [codings, given] :
         {Wish{"gzip, deflate, br", "br"}, Wish{"br;q=0.5, gzip", "gzip"}, Wish{"br;q=0, gzip;q=0.1", "gzip"},
          Wish{"*", "br"}, Wish{"*;q=0.3, br;q=0", "gzip"}, Wish{"BR", "br"},
          Wish{"gzip;q=0.4, identity;q=0.5", ""}, Wish{"identity", ""}, Wish{"", ""},
          Wish{"br;q=0, gzip;q=0", ""}, Wish{"deflate, zstd", ""}, Wish{"br;q=7, gzip", "gzip"},
          Wish{"br;q=x, gzip;q=", ""}, Wish{"br ; q=1.000", "br"}, Wish{",,br,", "br"}}) {
        const Reply reply = get("/assets/index-B3x9fQ1a.js", codings);
        EXPECT_EQ(reply.status, 200U);
        EXPECT_EQ(header(reply, "Content-Encoding"), given) << codings;
        const std::string coding(given);
        EXPECT_EQ(reply.body, coding == "br"     ? "br bytes"
                              : coding == "gzip" ? packed_script
                                                 : "1")
            << codings;
        EXPECT_EQ(header(reply, "ETag"), coding == "br"     ? "\"aa-br\""
                                         : coding == "gzip" ? "\"aa-gz\""
                                                            : "\"aa\"");
    }
    EXPECT_EQ(header(get("/", "br"), "Content-Encoding"), "") << "there is none of it";
}

TEST_F(StaticFilesTest, LetsHashedNamesBeKeptForEver)
{
    EXPECT_EQ(header(get("/assets/index-B3x9fQ1a.js"), "Cache-Control"),
              "public, max-age=31536000, immutable");
    EXPECT_FALSE(is_hashed_name("/assets/index.js"));
    EXPECT_FALSE(is_hashed_name("/index-B3x9fQ1a.js"));
    EXPECT_FALSE(is_hashed_name("/assets/-.js"));
}

TEST_F(StaticFilesTest, KnowsNoOtherPath)
{
    for (const auto* path : {"/nothing", "/index", "//index.html", "/assets/", ""})
        EXPECT_EQ(get(path).status, 404U) << path;
}

TEST_F(StaticFilesTest, SaysHowToAddTheDashboardWhenItWasNotBuilt)
{
    files = StaticFiles({});
    EXPECT_NE(get("/").body.find("npm run build"), std::string::npos);
    EXPECT_EQ(get("/other").status, 404U);
}

TEST_F(StaticFilesTest, StaysInsideAFolderOfItsOwn)
{
    const tests::TempDir directory;
    std::filesystem::create_directories(directory / "root/assets");
    std::ofstream(directory / "secret.txt") << "secret";
    std::ofstream(directory / "root/index.html") << "page";
    std::ofstream(directory / "root/assets/a.css") << "css";
    std::filesystem::create_symlink(directory / "secret.txt", directory / "root/link.txt");
    files = StaticFiles(assets, directory / "root");

    EXPECT_EQ(get("/").body, "page");
    EXPECT_EQ(get("/assets/a.css").content_type, "text/css; charset=utf-8");
    for (const auto* path : {"/link.txt", "/../secret.txt", "/assets", "/nothing", "//etc/passwd"}) {
        EXPECT_EQ(get(path).status, 404U) << path;
    }
}

}  // namespace
}  // namespace tidegate::web
