#include "web/tls/certificate.hpp"

#include "base/whole_file.hpp"
#include "support/temp_dir.hpp"
#include "web/tls/keeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <openssl/x509v3.h>

namespace tidegate::web {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t day_s = 86'400;
constexpr std::int64_t now_s = CertificateKeeper::oldest_s + 100 * day_s;

// As a client does that trusts the authority alone: OpenSSL's verdict for a name or address, 0 is good.
int verdict(const Identified& authority,
            const Identified& leaf,
            const std::string& host,
            std::int64_t when_s = now_s)
{
    using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
    using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
    const Store store(::X509_STORE_new());
    ::X509_STORE_add_cert(store.get(), authority.certificate.get());
    const StoreContext context(::X509_STORE_CTX_new());
    ::X509_STORE_CTX_init(context.get(), store.get(), leaf.certificate.get(), nullptr);
    auto* parameters = ::X509_STORE_CTX_get0_param(context.get());
    ::X509_VERIFY_PARAM_set_time(parameters, when_s);
    ::X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
    if (is_address(host))
        ::X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
    else
        ::X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
    if (::X509_verify_cert(context.get()) == 1) return 0;
    return ::X509_STORE_CTX_get_error(context.get());
}

const Names site{{"gate", "gate.local", "localhost"}, {"127.0.0.1", "192.168.1.7", "::1", "fd00::7"}};

TEST(Authority, VouchesForTheNamesAndAddressesOfItsMachine)
{
    const auto authority = make_authority(site, now_s);
    ASSERT_TRUE(authority);
    const auto leaf = make_leaf(*authority, permitted_by(*authority->certificate, site), now_s);
    ASSERT_TRUE(leaf) << leaf.error().what;
    EXPECT_EQ(names_of(*leaf->certificate), site);
    for (const auto* host : {"gate", "gate.local", "localhost", "192.168.1.7", "fd00::7", "127.0.0.1"})
        EXPECT_EQ(verdict(*authority, *leaf, host), 0) << host;
    EXPECT_EQ(verdict(*authority, *leaf, "other"), X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(verdict(*authority, *leaf, "gate", now_s + 397 * day_s), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(end_of(*leaf->certificate) - begin_of(*leaf->certificate), 397 * day_s);
    EXPECT_NEAR(static_cast<double>(end_of(*authority->certificate) - now_s) / (365.25 * day_s), 10, 0.01);
}

// Whoever steals its key can make certificates with it, but not for the bank of those who trust it.
TEST(Authority, CannotVouchForTheInternet)
{
    const auto authority = make_authority(site, now_s);
    ASSERT_TRUE(authority);
    for (const auto& foreign : {Names{{"bank.example"}, {}}, Names{{"gate"}, {"93.184.216.34"}},
                                Names{{"gate"}, {"2001:db8::1"}}}) {
        const auto leaf = make_leaf(*authority, foreign, now_s);
        ASSERT_TRUE(leaf);
        const auto host = foreign.hosts.front();
        EXPECT_EQ(verdict(*authority, *leaf, host), X509_V_ERR_PERMITTED_VIOLATION) << host;
    }
}

TEST(Authority, SaysForWhichNamesItMay)
{
    const auto authority = make_authority({{"gate", "gate.plant.example"}, {"203.0.113.7"}}, now_s);
    ASSERT_TRUE(authority);
    const auto permitted = permitted_by(
        *authority->certificate, {{"bank.example", "gate", "gate.plant.example", "new.local", "renamed"},
                                  {"10.1.2.3", "198.51.100.1", "203.0.113.7"}});
    EXPECT_THAT(permitted.hosts, ElementsAre("gate", "gate.plant.example", "new.local"));
    EXPECT_THAT(permitted.addresses, ElementsAre("10.1.2.3", "203.0.113.7"));
}

TEST(Certificate, KnowsAKeyOfAnother)
{
    const auto one = make_authority(site, now_s);
    const auto other = make_authority(site, now_s);
    ASSERT_TRUE(one && other);
    const auto read = read_identified(pem_of(*one->certificate), pem_of(*other->key));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().what, HasSubstr("of another certificate"));
    EXPECT_FALSE(read_identified("nonsense", ""));
    EXPECT_FALSE(read_identified(pem_of(*one->certificate), ""));
    EXPECT_TRUE(read_identified(pem_of(*one->certificate) + pem_of(*one->key), ""));
}

struct KeeperTest : testing::Test {
    std::unique_ptr<CertificateKeeper> open(std::int64_t at_s = now_s)
    {
        auto keeper = CertificateKeeper::open(options, at_s);
        if (!keeper) throw std::runtime_error(keeper.error().what);
        return std::move(*keeper);
    }
    static Identified shown(const CertificateKeeper& keeper)
    {
        Identified copy;
        auto* certificate = ::SSL_CTX_get0_certificate(keeper.context());
        ::X509_up_ref(certificate);
        copy.certificate.reset(certificate);
        return copy;
    }

    tests::TempDir directory;
    TlsOptions options{directory / "tls", {}, {}, {}};
};

TEST_F(KeeperTest, MakesItsAuthorityOnceAndKeepsItToItself)
{
    const auto first = open();
    const auto again = open(now_s + 3 * day_s);
    EXPECT_EQ(first->fingerprint(), again->fingerprint());
    EXPECT_EQ(fingerprint_of(*shown(*first).certificate), fingerprint_of(*shown(*again).certificate));
    EXPECT_EQ(first->fingerprint().size(), 95U);
    for (const auto* file : {"tls/authority.pem", "tls/web.pem", "tls/ca.crt"}) {
        struct stat status {};
        ASSERT_EQ(::stat((directory / file).c_str(), &status), 0) << file;
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << file;
    }
    EXPECT_EQ(*read_whole_file(directory / "tls/ca.crt"), first->authority());
    EXPECT_EQ(first->authority().find("PRIVATE"), std::string::npos);
    const auto own = look_at_own(options);
    ASSERT_TRUE(own);
    EXPECT_EQ(own->fingerprint, first->fingerprint());
}

TEST_F(KeeperTest, RenewsTheLeafInTimeAndNotTheAuthority)
{
    const auto keeper = open();
    const auto ca = keeper->fingerprint();
    const auto leaf = fingerprint_of(*shown(*keeper).certificate);
    keeper->look(now_s + 250 * day_s);
    EXPECT_EQ(fingerprint_of(*shown(*keeper).certificate), leaf);
    keeper->look(now_s + 270 * day_s);
    EXPECT_NE(fingerprint_of(*shown(*keeper).certificate), leaf);
    EXPECT_EQ(keeper->ends_s(), now_s + 270 * day_s + 396 * day_s);
    EXPECT_EQ(keeper->fingerprint(), ca);
}

TEST_F(KeeperTest, RenewsWhatWasMadeInAYearThatTheClockHadWrong)
{
    const auto keeper = open(0);  // 1970
    EXPECT_EQ(keeper->ends_s(), CertificateKeeper::oldest_s + 396 * day_s);
    const auto ca = keeper->fingerprint();
    const auto years_later = CertificateKeeper::oldest_s + 800 * day_s;
    keeper->look(years_later);
    EXPECT_EQ(keeper->ends_s(), years_later + 396 * day_s);
    EXPECT_EQ(keeper->fingerprint(), ca);
}

TEST_F(KeeperTest, MakesANewLeafForANewName)
{
    const auto ca = open()->fingerprint();
    options.names = {"pump.lan", "10.9.8.7"};
    const auto keeper = open();
    EXPECT_EQ(keeper->fingerprint(), ca);
    EXPECT_THAT(keeper->names().hosts, Contains("pump.lan"));
    EXPECT_THAT(keeper->names().addresses, Contains("10.9.8.7"));
    options.names = {"bank.example"};
    const auto refused = open();
    EXPECT_THAT(refused->names().hosts, testing::Not(Contains("bank.example")));
    EXPECT_THAT(look_at_own(options)->left_out.hosts, ElementsAre("bank.example"));
}

TEST_F(KeeperTest, MakesANewAuthorityInPlaceOfADamagedOne)
{
    const auto ca = open()->fingerprint();
    std::ofstream(directory / "tls/authority.pem") << "not a certificate";
    const auto keeper = open();
    EXPECT_NE(keeper->fingerprint(), ca);
    Identified authority;
    authority.certificate =
        std::move(read_identified(*read_secret_file(directory / "tls/authority.pem"), "")->certificate);
    EXPECT_EQ(verdict(authority, shown(*keeper), "localhost"), 0);
}

TEST_F(KeeperTest, TakesANewFileAndKeepsTheOldOneWhenTheNewOneIsBad)
{
    const auto one = make_authority(site, now_s);
    const auto other = make_authority(site, now_s);
    ASSERT_TRUE(one && other);
    options.certificate_file = directory / "web.crt";
    options.key_file = directory / "web.key";
    const auto put = [&](const std::string& certificate, const std::string& key) {
        ASSERT_TRUE(write_whole_file(options.certificate_file, certificate));
        ASSERT_TRUE(write_whole_file(options.key_file, key));
    };
    put(pem_of(*one->certificate), pem_of(*one->key));
    const auto keeper = open();
    EXPECT_EQ(keeper->fingerprint(), fingerprint_of(*one->certificate));
    EXPECT_THAT(keeper->authority(), IsEmpty());

    put(pem_of(*other->certificate), pem_of(*one->key));
    keeper->look(now_s + 5);
    EXPECT_EQ(fingerprint_of(*shown(*keeper).certificate), fingerprint_of(*one->certificate));
    put(pem_of(*other->certificate), pem_of(*other->key));
    keeper->look(now_s + 10);
    EXPECT_EQ(fingerprint_of(*shown(*keeper).certificate), fingerprint_of(*other->certificate));
    EXPECT_EQ(keeper->fingerprint(), fingerprint_of(*other->certificate));
}

TEST_F(KeeperTest, RefusesAKeyThatOthersCanRead)
{
    const auto one = make_authority(site, now_s);
    options.certificate_file = directory / "both.pem";
    options.key_file = directory / "key.pem";
    std::ofstream(options.certificate_file) << pem_of(*one->certificate);
    std::ofstream(options.key_file) << pem_of(*one->key);
    ::chmod(options.key_file.c_str(), 0644);
    const auto opened = CertificateKeeper::open(options, now_s);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().what, HasSubstr("others can read this secret"));
}

TEST(Names, TellsWhatStaysWithinASite)
{
    for (const auto* address :
         {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1", "169.254.1.1", "::1", "fd12::1"})
        EXPECT_TRUE(is_local_address(address)) << address;
    for (const auto* address : {"8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "fe80::1", "nonsense"})
        EXPECT_FALSE(is_local_address(address)) << address;
    for (const auto* name : {"gate", "gate.local", "a.home.arpa"}) EXPECT_TRUE(is_local_name(name)) << name;
    for (const auto* name : {"example.com", "xlocal.com", "a.notlan"})
        EXPECT_FALSE(is_local_name(name)) << name;
    const auto names = own_names({"Pump.LAN", "0:0:0:0:0:0:0:1", "fd00:0::7"});
    EXPECT_THAT(names.hosts, Contains("pump.lan"));
    EXPECT_THAT(names.addresses, Contains("fd00::7"));
    EXPECT_THAT(names.addresses, Contains("127.0.0.1"));
}

}  // namespace
}  // namespace tidegate::web
