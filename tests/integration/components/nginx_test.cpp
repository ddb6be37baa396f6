// An HTTPS upstream behind nginx: TLS, HTTP/2, and the answers of a server that defends itself.
#include "support/nginx.hpp"

#include "integration/components/component_fixture.hpp"
#include "support/http_server.hpp"

#include <gmock/gmock.h>

namespace tidegate::tests {
namespace {

TEST_F(RealComponents, NginxGetsEachReadingOnceThroughIts413429And503)
{
    const Certificate certificate;
    Archive archive;
    const HttpServer behind([&](const HttpRequest& request) {
        archive.take(request.body);
        return HttpReply::of("204 No Content");
    });
    Nginx cloud(certificate, behind.url());
    cloud.close();
    start("kind = \"https\"\nurl = \"" + cloud.url() + "\"\nca_file = \"" + certificate.file().string() +
          "\"\ncompression = \"none\"\n");
    publish(1, 1000);
    ASSERT_TRUE(wait_until([&] { return cloud.answers().find("503") != std::string::npos; },
                           std::chrono::seconds(30)));
    EXPECT_EQ(books()["upstreams"][0]["delivered"], 0);
    cloud.open();

    EXPECT_TRUE(drained(1000)) << gateway->log() << cloud.answers();
    EXPECT_EQ(archive.missing(1000), "");
    EXPECT_TRUE(cloud.has_answered("413 ")) << cloud.answers();
    EXPECT_TRUE(cloud.has_answered("429 ")) << cloud.answers();
    EXPECT_TRUE(cloud.has_answered("204 HTTP/2.0")) << cloud.answers();
    EXPECT_EQ(gateway->json("/api/v1/upstreams")["upstreams"][0]["dead"], 0);
    std::printf("nginx: 1000 readings, %zu repeated\n", archive.repeats());
}

}  // namespace
}  // namespace tidegate::tests
