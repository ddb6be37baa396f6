#include "store/notebook.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace tidegate::store {
namespace {

namespace fs = std::filesystem;

struct NotebookTest : testing::Test {
    NotebookTest()
    {
        static int made = 0;
        directory = fs::temp_directory_path() /
                    ("notebook-" + std::to_string(::getpid()) + "-" + std::to_string(++made));
        fs::create_directories(directory / "run");
        options.kept = directory / "notebook";
        options.fresh = directory / "run" / "notebook";
    }
    ~NotebookTest() override { fs::remove_all(directory); }

    static std::string text_of(const fs::path& file)
    {
        std::ifstream in(file);
        std::stringstream text;
        text << in.rdbuf();
        return text.str();
    }

    fs::path directory;
    Notebook::Options options;
};

TEST_F(NotebookTest, HasWhatWasPutAfterItWasClosed)
{
    {
        Notebook notebook(options);
        notebook.put("a", "1");
        notebook.put("b", "2");
        notebook.put("a", "3");
        notebook.take_out("b");
        notebook.close();
    }
    const Notebook again(options);
    EXPECT_EQ(again.find("a"), "3");
    EXPECT_EQ(again.find("b"), "");
}

TEST_F(NotebookTest, OutlivesAKillByWhatLiesBesideTheRings)
{
    {
        Notebook notebook(options);
        notebook.look(1);
        notebook.put("a", "1");
        notebook.look(10'001);
        notebook.put("a", "too late");
        // no close(): it was killed
    }
    EXPECT_FALSE(fs::exists(options.kept)) << "the card was spared";
    Notebook again(options);
    EXPECT_EQ(again.find("a"), "1");
    again.close();
    EXPECT_FALSE(fs::exists(options.fresh));
    EXPECT_EQ(Notebook(options).find("a"), "1") << "and is kept by the run behind it";
}

TEST_F(NotebookTest, WritesToTheCardEachTenMinutesAndOnlyWhatIsNew)
{
    Notebook notebook(options);
    notebook.look(1);
    notebook.put("a", "1");
    notebook.look(599'999);
    EXPECT_FALSE(fs::exists(options.kept));
    notebook.look(600'001);
    EXPECT_EQ(text_of(options.kept), "a\t1\n");
    notebook.put("b", "2");
    notebook.put("a", "1");
    notebook.look(1'200'001);
    EXPECT_EQ(text_of(options.kept), "a\t1\nb\t2\n");
    notebook.look(1'800'001);
    EXPECT_EQ(text_of(options.kept), "a\t1\nb\t2\n");
}

TEST_F(NotebookTest, TellsThoseWhoseKeysBeginSoInTheirOrder)
{
    Notebook notebook(options);
    for (const auto* key : {"m/2", "m/1", "n/1", "m/3", "l"}) notebook.put(key, key);
    std::vector<std::string> found;
    notebook.each("m/", [&](auto key, auto) { found.emplace_back(key); });
    EXPECT_EQ(found, (std::vector<std::string>{"m/1", "m/2", "m/3"}));
}

TEST_F(NotebookTest, IsWrittenAnewBeforeItHoldsMuchThatIsOver)
{
    Notebook notebook(options);
    notebook.look(1);
    std::int64_t now_ms = 1;
    for (int i = 0; i < 5000; ++i) {
        notebook.put("a", std::to_string(i));
        notebook.look(now_ms += 600'000);
    }
    EXPECT_LT(text_of(options.kept).size(), 2100U * 8);
    EXPECT_EQ(Notebook(options).find("a"), "4999");
}

TEST_F(NotebookTest, PassesOverALineThatWasCutOffAndMendsTheFile)
{
    std::ofstream(options.kept) << "a\t1\n\nb\t2\nc\thal";
    Notebook notebook(options);
    EXPECT_EQ(notebook.find("b"), "2");
    EXPECT_EQ(notebook.find("c"), "");
    notebook.put("d", "4");
    notebook.close();
    EXPECT_EQ(text_of(options.kept), "a\t1\nb\t2\nd\t4\n");
}

TEST_F(NotebookTest, TakesNoKeyOrTextThatWouldBreakItsLines)
{
    Notebook notebook(options);
    notebook.put("a\tb", "1");
    notebook.put("a\nb", "1");
    notebook.put("a", "1\n2");
    notebook.put("", "1");
    notebook.close();
    EXPECT_FALSE(fs::exists(options.kept));
}

TEST_F(NotebookTest, KeepsInMemoryWhatCannotBeWrittenAndTriesAgain)
{
    options.kept = directory / "away" / "notebook";
    Notebook notebook(options);
    notebook.put("a", "1");
    notebook.close();
    fs::create_directories(directory / "away");
    notebook.close();
    EXPECT_EQ(text_of(options.kept), "a\t1\n");
}

}  // namespace
}  // namespace tidegate::store
