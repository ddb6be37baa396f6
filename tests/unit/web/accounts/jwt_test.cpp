#include "web/accounts/jwt.hpp"

#include "support/temp_dir.hpp"
#include "unit/web/accounts/signed_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>

namespace tidegate::web {
namespace {

using nlohmann::json;
using tests::signed_by;
using tests::signed_by_secret;

constexpr std::int64_t now_s = 1'795'000'000;
const std::string shared_secret = "0123456789abcdef0123456789abcdef";

// A gateway that takes all four algorithms, and the issuer's keys.
struct Jwt : testing::Test {
    static void SetUpTestSuite() { rsa = tests::rsa_key(); }  // takes long
    static void TearDownTestSuite() { rsa.reset(); }

    Jwt()
    {
        tests::write_file(dir / "ed.pem", public_pem(ed));
        tests::write_file(dir / "ec.pem", public_pem(ec));
        tests::write_file(dir / "rsa.pem", public_pem(rsa));
        rules.key_files = {dir / "ed.pem", dir / "ec.pem", dir / "rsa.pem"};
        rules.secret = shared_secret;
        rules.algorithms = {"EdDSA", "ES256", "RS256", "HS256"};
        rules.issuer = "https://id.example";
        rules.audience = "tidegate";
    }

    json claims(const json& other = json::object()) const
    {
        json made{{"iss", "https://id.example"}, {"aud", "tidegate"},       {"sub", "anna"},
                  {"iat", now_s - 10},           {"exp", now_s + 600},      {"role", "operator"},
                  {"read", {"plant/#"}},         {"write", {"plant/a/set"}}};
        for (const auto& [name, value] : other.items())
            if (value.is_null())
                made.erase(name);
            else
                made[name] = value;
        return made;
    }
    static json header(const std::string& algorithm) { return {{"alg", algorithm}, {"typ", "JWT"}}; }

    Result<Identity> verify(const std::string& token, std::int64_t at_s = now_s)
    {
        if (!verifier) verifier = std::move(JwtVerifier::make(rules).value());
        return verifier->verify(token, at_s * 1000);
    }
    // Why it is refused; empty: it is taken.
    std::string refusal(const std::string& token, std::int64_t at_s = now_s)
    {
        const auto done = verify(token, at_s);
        return done ? std::string() : done.error().what;
    }
    std::string refusal_of(const json& other, std::int64_t at_s = now_s)
    {
        return refusal(signed_by(ed, header("EdDSA"), claims(other)), at_s);
    }

    inline static tests::PrivateKey rsa;
    tests::TempDir dir;
    tests::PrivateKey ed = tests::ed25519_key(), ec = tests::p256_key();
    JwtRules rules;
    std::optional<JwtVerifier> verifier;
};

TEST_F(Jwt, TakesWhatTheIssuerSignedByAnyOfTheAlgorithms)
{
    const std::vector<std::string> tokens{signed_by(ed, header("EdDSA"), claims()),
                                          signed_by(ec, header("ES256"), claims()),
                                          signed_by(rsa, header("RS256"), claims()),
                                          signed_by_secret(shared_secret, header("HS256"), claims())};
    for (const auto& token : tokens) {
        const auto who = verify(token);
        ASSERT_TRUE(who) << who.error().what;
        EXPECT_EQ(who->name, "anna");
        EXPECT_EQ(who->role, Role::operating);
        EXPECT_TRUE(who->may_read("plant/x"));
        EXPECT_FALSE(who->may_read("home/x"));
        EXPECT_TRUE(who->may_write("plant/a/set"));
        EXPECT_FALSE(who->may_write("plant/b/set"));
        EXPECT_EQ(who->expires_ms, (now_s + 600 + 30) * 1000);
    }
}

TEST_F(Jwt, RefusesWhatNobodySigned)
{
    const auto good = signed_by(ed, header("EdDSA"), claims());
    const auto unsigned_text = good.substr(0, good.rfind('.') + 1);
    const auto payload = tests::base64url(claims().dump());
    for (const auto* none : {"none", "None", "NONE", "nOnE", ""})
        EXPECT_NE(refusal(tests::base64url(header(none).dump()) + '.' + payload + '.'), "") << none;
    EXPECT_NE(refusal(unsigned_text), "") << "its signature cut off";
    EXPECT_NE(refusal(tests::base64url(R"({"typ":"JWT"})") + '.' + payload + '.'), "") << "no alg";
    EXPECT_NE(refusal(tests::base64url(R"({"alg":["EdDSA"]})") + '.' + payload + '.'), "");
    EXPECT_NE(refusal(good.substr(0, good.size() - 8) + "AAAAAAAA"), "") << "another signature";
    auto changed = good;
    changed.replace(good.find('.') + 1, payload.size(), tests::base64url(claims({{"role", "admin"}}).dump()));
    EXPECT_NE(refusal(changed), "") << "other claims under the same signature";
    EXPECT_NE(refusal(signed_by(tests::ed25519_key(), header("EdDSA"), claims())), "") << "another's key";
    EXPECT_NE(refusal(signed_by(tests::p256_key(), header("ES256"), claims())), "");
    EXPECT_NE(refusal(signed_by_secret("another secret of thirty-two byt", header("HS256"), claims())), "");
}

TEST_F(Jwt, TakesNoKeyForAnotherAlgorithmThanItsOwn)
{
    // The classic: the public key, which everybody has, as the secret of an HMAC.
    for (const auto& key : {public_pem(rsa), public_pem(ec), public_pem(ed)})
        EXPECT_NE(refusal(signed_by_secret(key, header("HS256"), claims())), "");
    EXPECT_NE(refusal(signed_by(rsa, header("ES256"), claims())), "");
    EXPECT_NE(refusal(signed_by(ec, header("RS256"), claims())), "");
    EXPECT_NE(refusal(signed_by(ed, header("HS256"), claims())), "");
    EXPECT_NE(refusal(signed_by_secret("", header("HS256"), claims())), "");
}

TEST_F(Jwt, TakesAnAlgorithmOnlyWhereItIsOnTheList)
{
    rules.algorithms = {"EdDSA"};
    rules.key_files = {dir / "ed.pem"};
    rules.secret.clear();
    EXPECT_EQ(refusal(signed_by(ed, header("EdDSA"), claims())), "");
    EXPECT_NE(refusal(signed_by_secret("", header("HS256"), claims())), "");
    EXPECT_NE(refusal(signed_by(rsa, header("RS256"), claims())), "");
    EXPECT_NE(refusal(signed_by(rsa, header("RS512"), claims())), "");
}

TEST_F(Jwt, LooksAtNoKeyThatTheTokenNames)
{
    const auto other = tests::ed25519_key();
    for (const json& trick : {json{{"kid", "../../../../dev/null"}}, json{{"kid", "' OR 1=1 --"}},
                              json{{"jku", "https://evil.example/keys"}}, json{{"x5u", "file:///etc/passwd"}},
                              json{{"jwk", {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "AAAA"}}}}}) {
        auto head = header("EdDSA");
        head.update(trick);
        EXPECT_NE(refusal(signed_by(other, head, claims())), "") << trick;
        EXPECT_EQ(refusal(signed_by(ed, head, claims())), "") << trick << " does no harm, either";
    }
    auto head = header("HS256");
    head["kid"] = "/dev/null";
    EXPECT_NE(refusal(signed_by_secret("", head, claims())), "");
    head = header("EdDSA");
    head["crit"] = {"b64"};
    EXPECT_NE(refusal(signed_by(ed, head, claims())), "") << "an extension that it demands";
}

TEST_F(Jwt, RefusesWhatIsForOthersOrNotForNow)
{
    struct Case {
        json other;
        std::string why;
    };
    const std::vector<Case> cases{
        {{{"iss", "https://evil.example"}}, "another issuer"},
        {{{"iss", nullptr}}, "another issuer"},
        {{{"aud", "another"}}, "another audience"},
        {{{"aud", nullptr}}, "another audience"},
        {{{"aud", {"another", "third"}}}, "another audience"},
        {{{"aud", {{"tidegate", true}}}}, "another audience"},
        {{{"exp", nullptr}}, "does not say when"},
        {{{"exp", "1795000600"}}, "exp is no time"},
        {{{"exp", -1}}, "exp is no time"},
        {{{"exp", 1e300}}, "exp is no time"},
        {{{"exp", now_s - 31}}, "has expired"},
        {{{"exp", now_s + 3700}}, "longer than"},
        {{{"exp", now_s + 3700}, {"iat", nullptr}}, "longer than"},
        {{{"exp", now_s + 100}, {"iat", now_s - 7200}}, "longer than"},
        {{{"nbf", now_s + 60}}, "not valid yet"},
        {{{"iat", now_s + 60}}, "from the future"},
        {{{"sub", nullptr}}, "whose it is"},
        {{{"sub", ""}}, "whose it is"},
        {{{"role", nullptr}}, "no role"},
        {{{"role", "root"}}, "no role"},
        {{{"role", "none"}}, "no role"},
        {{{"role", {"admin"}}}, "no role"},
        {{{"read", "plant/#"}}, "no list"},
        {{{"read", {"plant/#/x"}}}, "no topic filter"},
        {{{"write", {1}}}, "no topic filter"},
    };
    for (const auto& [other, why] : cases) EXPECT_THAT(refusal_of(other), testing::HasSubstr(why)) << other;
}

TEST_F(Jwt, AllowsTheIssuersClockToBeALittleOff)
{
    EXPECT_EQ(refusal_of({{"exp", now_s - 29}}), "");
    EXPECT_EQ(refusal_of({{"iat", now_s + 29}}), "");
    EXPECT_EQ(refusal_of({{"nbf", now_s + 29}}), "");
    EXPECT_EQ(refusal_of({{"aud", {"another", "tidegate"}}}), "");
}

TEST_F(Jwt, AllowsNothingThatIsNotSaid)
{
    const auto who = verify(signed_by(ed, header("EdDSA"), claims({{"read", nullptr}, {"write", nullptr}})));
    ASSERT_TRUE(who);
    EXPECT_FALSE(who->may_read("plant/x"));
    EXPECT_FALSE(who->may_write("plant/a/set"));
    const auto admin = verify(signed_by(ed, header("EdDSA"), claims({{"role", "admin"}, {"read", nullptr}})));
    ASSERT_TRUE(admin);
    EXPECT_TRUE(admin->may_read("plant/x"));
}

TEST_F(Jwt, RefusesWhatIsNoToken)
{
    const auto good = signed_by(ed, header("EdDSA"), claims());
    for (const auto& text : {std::string(), std::string("."), std::string(".."), std::string("a.b.c"),
                             std::string(100'000, 'a'), good + ".", good + "=", " " + good, good + "\n",
                             good.substr(1), std::string("e30.e30."), std::string("W10.W10.W10")})
        EXPECT_NE(refusal(text), "") << text.substr(0, 80);
    EXPECT_NE(refusal(signed_by(ed, header("EdDSA"), claims({{"x", std::string(5000, 'x')}}))), "")
        << "too long";
}

TEST_F(Jwt, TakesNoWeakOrUselessKey)
{
    const auto problem = [](JwtRules given) {
        const auto made = JwtVerifier::make(std::move(given));
        return made ? std::string() : made.error().what;
    };
    EXPECT_EQ(problem(rules), "");
    const auto changed = [&](const std::function<void(JwtRules&)>& change) {
        auto other = rules;
        change(other);
        return problem(other);
    };
    tests::write_file(dir / "weak.pem", public_pem(tests::rsa_key(1024)));
    tests::write_file(dir / "p384.pem", public_pem(tests::p384_key()));
    tests::write_file(dir / "text.pem", "no key\n");
    for (const auto* file : {"weak.pem", "p384.pem", "text.pem", "absent.pem"})
        EXPECT_NE(changed([&](JwtRules& other) { other.key_files.push_back(dir / file); }), "") << file;
    EXPECT_NE(changed([](JwtRules& other) { other.secret = "short"; }), "");
    EXPECT_NE(changed([](JwtRules& other) { other.algorithms = {"EdDSA"}; }), "")
        << "a key that is for nothing";
    EXPECT_NE(changed([](JwtRules& other) { other.algorithms.emplace_back("none"); }), "");
    EXPECT_NE(changed([](JwtRules& other) { other.issuer.clear(); }), "");
    EXPECT_NE(changed([](JwtRules& other) { other.audience.clear(); }), "");
    EXPECT_NE(problem(JwtRules{}), "");
}

}  // namespace
}  // namespace tidegate::web
