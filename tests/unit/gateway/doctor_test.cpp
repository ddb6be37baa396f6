#include "gateway/config/load.hpp"
#include "gateway/doctor/certificates.hpp"
#include "gateway/doctor/finding.hpp"
#include "gateway/doctor/machine.hpp"
#include "gateway/web_options.hpp"
#include "support/certificate.hpp"
#include "support/port.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <ctime>

namespace tidegate::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Config with_directories(const std::filesystem::path& directory)
{
    Config config;
    config.gateway.state_directory = (directory / "state").string();
    config.gateway.runtime_directory = (directory / "run").string();
    complete(config);
    return config;
}

TEST(Doctor, SaysALineEachAndWhatToDoBelowIt)
{
    const Findings findings{{Verdict::ok, "clock", "synchronised"},
                            {Verdict::fail, "broker a", "gone\x1b[2J", "start it"}};
    EXPECT_EQ(as_text(findings, Colour::no),
              "ok    clock     synchronised\n"
              "fail  broker a  gone?[2J\n"
              "                → start it\n"
              "1 ok, 0 to look at, 1 to mend\n");
    EXPECT_THAT(as_text(findings, Colour::yes), HasSubstr("\x1b[31mfail\x1b[0m"));
    EXPECT_EQ(worst_of(findings), Verdict::fail);
    const auto json = nlohmann::json::parse(as_json(findings));
    EXPECT_EQ(json["verdict"], "fail");
    EXPECT_EQ(json["findings"][1]["advice"], "start it");
}

TEST(Doctor, FindsADiskThatIsTooFullForWhatIsAllowed)
{
    const tests::TempDir directory;
    auto config = with_directories(directory.path());
    config.store.free.count = 1ULL << 60;
    const auto findings = check_state_disk(config);
    EXPECT_EQ(worst_of(findings), Verdict::fail);
    EXPECT_THAT(findings.back().what, HasSubstr(" free: history is thinned to leave "));
}

TEST(Doctor, CountsWhatTheBufferMayStillTakeOfTheDisk)
{
    const tests::TempDir directory;
    auto config = with_directories(directory.path());
    std::filesystem::create_directories(config.gateway.state_directory);
    config.store.free.count = 0;
    config.store.buffer.count = 1ULL << 50;
    const auto about_space = [&] { return check_state_disk(config).back(); };
    EXPECT_EQ(about_space().verdict, Verdict::warn);
    EXPECT_THAT(about_space().what, HasSubstr(" free: history is thinned once readings wait"));

    // A log that is as large as the buffer is allowed to become takes no more. It costs nothing: it is
    // sparse.
    config.store.buffer.count = 1ULL << 40;
    const auto log = std::filesystem::path(config.gateway.state_directory) / "log.db";
    std::ofstream(log) << "x";
    std::filesystem::resize_file(log, config.store.buffer.count);
    EXPECT_THAT(about_space().what, testing::Not(HasSubstr("history is thinned")));
}

TEST(Doctor, FindsARingThatIsNotInMemory)
{
    const tests::TempDir directory;  // on a disk, as temporary directories are
    auto config = with_directories(directory.path());
    config.gateway.runtime_directory = "/dev/shm";
    config.limits.ring.count = 256 * 1024;
    EXPECT_THAT(check_ring_disk(config), ElementsAre(testing::Field(&Finding::verdict, Verdict::ok)));
    config.gateway.runtime_directory = "/proc";
    EXPECT_EQ(worst_of(check_ring_disk(config)), Verdict::fail) << "nobody can write there";
}

TEST(Doctor, FindsAPortThatAnotherProgramHas)
{
    boost::asio::io_context io;
    const boost::asio::ip::tcp::acceptor other(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
    Config config;
    config.web.port = other.local_endpoint().port();
    EXPECT_EQ(worst_of(check_port(config, false)), Verdict::fail);
    EXPECT_EQ(worst_of(check_port(config, true)), Verdict::ok) << "it is the gateway's own";
    config.web.port = tests::free_port();
    EXPECT_EQ(worst_of(check_port(config, false)), Verdict::ok);
    config.web.address = "nowhere";
    EXPECT_THAT(check_port(config, false)[0].what, HasSubstr("\"nowhere\" is no address"));
}

TEST(Doctor, SaysWhenACertificateEnds)
{
    const tests::Certificate certificate;  // of two days
    Config config;
    auto& broker = config.brokers.emplace_back();
    broker.ca_file = certificate.file().string();
    const auto verdict_in_days = [&](int days) {
        return worst_of(check_certificates(config, std::time(nullptr) + days * 86'400LL));
    };
    EXPECT_EQ(verdict_in_days(-100), Verdict::ok);
    EXPECT_EQ(verdict_in_days(0), Verdict::warn);
    EXPECT_EQ(verdict_in_days(3), Verdict::fail);

    broker.ca_file = certificate.file().string() + ".none";
    EXPECT_THAT(check_certificates(config, 0)[0].what, HasSubstr("no certificate (PEM) can be read"));
}

TEST(Doctor, LooksAtTheWebServersCertificate)
{
    const tests::TempDir directory;
    auto config = with_directories(directory.path());
    std::filesystem::create_directories(config.gateway.state_directory);
    const auto now_s = std::time(nullptr);
    const auto web = [&](std::int64_t at_s) { return check_certificates(config, at_s).back(); };
    EXPECT_TRUE(check_certificates(config, now_s).empty()) << "plain HTTP on the loopback";
    config.web.address = "0.0.0.0";
    EXPECT_THAT(web(now_s).what, HasSubstr("has no certificate yet"));
    const auto keeper = web::CertificateKeeper::open(*tls_options(config), now_s);
    ASSERT_TRUE(keeper);
    EXPECT_EQ(web(now_s).verdict, Verdict::ok);
    EXPECT_THAT(web(now_s).what, HasSubstr((*keeper)->fingerprint()));
    EXPECT_EQ(worst_of(check_certificates(config, now_s + 390 * 86'400)), Verdict::warn);
    EXPECT_EQ(worst_of(check_certificates(config, now_s + 400 * 86'400)), Verdict::fail);
    config.web.names = {"elsewhere.example"};
    EXPECT_THAT(web(now_s).what, HasSubstr("does not name elsewhere.example"));
    config.web.tls = "off";
    EXPECT_EQ(web(now_s).verdict, Verdict::warn);
}

TEST(Doctor, FindsAKeyThatIsOfAnotherCertificate)
{
    const tests::Certificate ours, theirs;
    Config config;
    auto& upstream = config.upstreams.emplace_back();
    upstream.name = "cloud";
    upstream.certificate_file = ours.file().string();
    upstream.key_file = ours.key().string();
    EXPECT_NE(worst_of(check_certificates(config, std::time(nullptr))), Verdict::fail);
    upstream.key_file = theirs.key().string();
    const auto findings = check_certificates(config, std::time(nullptr));
    EXPECT_EQ(findings.back().verdict, Verdict::fail);
    EXPECT_THAT(findings.back().what, HasSubstr("is not the key of"));
}

}  // namespace
}  // namespace tidegate::gateway
