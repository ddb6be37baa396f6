#include "store/checksum.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tidegate::store {
namespace {

TEST(Checksum, GivesTheKnownAnswersOfTheStandard)
{
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);  // RFC 3720, B.4
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
    EXPECT_EQ(crc32c(""), 0U);
}

TEST(Checksum, GoesOnWhereItStopped)
{
    EXPECT_EQ(crc32c("6789", crc32c("12345")), crc32c("123456789"));
}

}  // namespace
}  // namespace tidegate::store
