#include "base/whole_file.hpp"

#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace tidegate {
namespace {

using testing::HasSubstr;

struct WholeFile : testing::Test {
    mode_t mode() const
    {
        struct stat status {};
        EXPECT_EQ(::stat(file.c_str(), &status), 0);
        return status.st_mode & 0777U;
    }

    tests::TempDir directory;
    const std::filesystem::path file = directory / "secret";
};

TEST_F(WholeFile, TakesTheOthersPlaceAndIsItsOwnersAlone)
{
    ASSERT_TRUE(write_whole_file(file, "one"));
    ::chmod(file.c_str(), 0644);
    ASSERT_TRUE(write_whole_file(file, std::string("two\0!", 5)));
    EXPECT_EQ(read_secret_file(file).value(), std::string("two\0!", 5));
    EXPECT_EQ(mode(), 0600U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1)
        << "nothing is left beside it";
}

TEST_F(WholeFile, SaysWhyItCannotBeRead)
{
    EXPECT_EQ(read_whole_file(file).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(write_whole_file(file, "four"));
    EXPECT_EQ(read_whole_file(file, 4).value(), "four");
    EXPECT_EQ(read_whole_file(file, 3).error().kind, ErrorKind::invalid);
    ::chmod(file.c_str(), 0604);
    EXPECT_TRUE(read_whole_file(file)) << "no secret";
    const auto secret = read_secret_file(file);
    ASSERT_FALSE(secret);
    EXPECT_EQ(secret.error().kind, ErrorKind::denied);
    EXPECT_THAT(secret.error().what, HasSubstr("chmod 600"));
}

TEST_F(WholeFile, IsNotBlockedByWhatIsNoFile)
{
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    EXPECT_EQ(read_whole_file(file).error().kind, ErrorKind::invalid);
    EXPECT_EQ(read_whole_file(directory.path()).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace tidegate
