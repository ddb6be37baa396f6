#include "web/accounts/password.hpp"

#include "web/accounts/secret.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tidegate::web {
namespace {

TEST(Password, FitsItsOwnHashAlone)
{
    const auto hash = hash_password("correct horse battery").value();

    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
    EXPECT_TRUE(password_fits(hash, "correct horse battery"));
    EXPECT_FALSE(password_fits(hash, "correct horse battery "));
    EXPECT_FALSE(password_fits(hash, ""));
    EXPECT_FALSE(password_fits("no hash", "correct horse battery"));
    EXPECT_FALSE(outdated_hash(hash));
    EXPECT_TRUE(
        outdated_hash("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
                      "Z2VuZXJhdGVkZ2VuZXJhdGVkZ2VuZXJhdGVkZ2VuZXI"));
}

TEST(Password, IsRefusedWhereItIsShortLongOrWellKnown)
{
    EXPECT_TRUE(check_password("tide and gate", "anna"));
    EXPECT_TRUE(check_password("äöüßéèàñçøåæ", "anna")) << "twelve characters, though more bytes";
    EXPECT_TRUE(check_password(std::string(100, 'a') + "bcdefg", "anna"));
    EXPECT_FALSE(check_password("short", "anna"));
    EXPECT_FALSE(check_password("eleven char", "anna"));
    EXPECT_FALSE(check_password(std::string(129, 'a') + "bcdefg", "anna"));
    EXPECT_FALSE(check_password("Password1234", "anna"));
    EXPECT_FALSE(check_password("annaannaanna", "anna"));
    EXPECT_FALSE(check_password("maintenance1", "maintenance"));
    EXPECT_FALSE(check_password("aaaabbbbaaaa", "anna"));
    EXPECT_FALSE(check_password("no utf-8 here \xff\xfe", "anna"));
    EXPECT_TRUE(impossible_password(std::string(1'000'000, 'x')));
}

TEST(Secret, IsDrawnAnewEachTimeAndKnownByItsFingerprint)
{
    std::set<std::string> drawn;
    for (int i = 0; i < 100; ++i) {
        drawn.insert(drawn_secret());
        drawn.insert(drawn_id());
        drawn.insert(drawn_setup_code());
    }
    EXPECT_EQ(drawn.size(), 300U);
    EXPECT_EQ(drawn_secret().size(), 43U);
    EXPECT_EQ(fingerprint("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_TRUE(equal_secrets("abc", "abc"));
    EXPECT_FALSE(equal_secrets("abc", "abd"));
    EXPECT_FALSE(equal_secrets("abc", "abcd"));
}

TEST(Secret, ReadsASetupCodeAsPeopleTypeIt)
{
    const auto code = drawn_setup_code();
    EXPECT_EQ(code.size(), 19U);
    EXPECT_EQ(tidy_setup_code(code), code);
    EXPECT_EQ(tidy_setup_code("abcd efgh jkmn pqrs"), "ABCD-EFGH-JKMN-PQRS");
    EXPECT_EQ(tidy_setup_code("o1il0000ABCDEFGH"), "0111-0000-ABCD-EFGH");
    EXPECT_EQ(tidy_setup_code(""), "");
}

TEST(Secret, ReadsBase64OnlyAsItIsWritten)
{
    std::string bytes;
    EXPECT_TRUE(read_base64url("aGk_", bytes));
    EXPECT_EQ(bytes, "hi?");
    EXPECT_TRUE(read_base64url("", bytes));
    for (const auto* wrong : {"aGk=", "aG k", "aGk+", "a", "aGk_\n"})
        EXPECT_FALSE(read_base64url(wrong, bytes)) << wrong;
    EXPECT_TRUE(read_base64("dTpw", bytes));
    EXPECT_EQ(bytes, "u:p");
}

}  // namespace
}  // namespace tidegate::web
