#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace tidegate::tests {

// Keeps what goes to stderr to itself while it lives, and shows the end of it when a test failed meanwhile: a
// store that is opened a thousand times has a thousand times the same to say.
class QuietLog {
public:
    QuietLog() : file_(std::tmpfile()), before_(::dup(STDERR_FILENO))
    {
        if (file_ == nullptr || before_ < 0) throw std::runtime_error("stderr cannot be set aside");
        std::fflush(stderr);
        ::dup2(::fileno(file_), STDERR_FILENO);
    }
    ~QuietLog()
    {
        std::fflush(stderr);
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
        if (testing::Test::HasFailure()) show_end();
        std::fclose(file_);
    }
    QuietLog(const QuietLog&) = delete;
    QuietLog& operator=(const QuietLog&) = delete;

    // The end of what came.
    std::string text() const
    {
        std::fflush(stderr);
        const auto length = ::lseek(::fileno(file_), 0, SEEK_END);
        std::string end(2000, '\0');
        const auto from = std::max<off_t>(0, length - static_cast<off_t>(end.size()));
        const auto count = ::pread(::fileno(file_), end.data(), end.size(), from);
        end.resize(static_cast<std::size_t>(std::max<ssize_t>(0, count)));
        return end;
    }

private:
    void show_end() const
    {
        const auto end = text();
        std::fwrite(end.data(), 1, end.size(), stderr);
    }

    std::FILE* file_;
    int before_;
};

}  // namespace tidegate::tests
