#pragma once

#include "support/wait.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::tests {

// The text of a file; empty when there is none.
inline std::string read_file(const std::filesystem::path& file)
{
    const std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

// A child process. Its output, both streams, goes to a file. Killed when the object or the test ends.
class Process {
public:
    struct Files {
        std::filesystem::path output;
        std::filesystem::path input = "/dev/null";
    };

    Process(std::vector<std::string> command, Files files) : files_(std::move(files))
    {
        std::vector<char*> arguments;
        for (auto& word : command) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ < 0) throw std::runtime_error("cannot fork");
        if (pid_ == 0) run(arguments);
    }
    ~Process()
    {
        if (running()) kill(SIGKILL);
        wait();
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    std::string output() const { return read_file(files_.output); }

    void kill(int signal) const { ::kill(pid_, signal); }

    bool running()
    {
        if (!status_) {
            int status = 0;
            if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
        }
        return !status_;
    }

    // Its exit code, 128 + n when signal n ended it, or nothing when it still runs at the deadline.
    std::optional<int> wait(std::chrono::milliseconds most = std::chrono::seconds(10))
    {
        wait_until([this] { return !running(); }, most);
        if (!status_) return std::nullopt;
        return WIFSIGNALED(*status_) ? 128 + WTERMSIG(*status_) : WEXITSTATUS(*status_);
    }

private:
    // In the child.
    [[noreturn]] void run(const std::vector<char*>& arguments) const
    {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int in = ::open(files_.input.c_str(), O_RDONLY);
        const int out = ::open(files_.output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(in, STDIN_FILENO);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
        for (int descriptor = STDERR_FILENO + 1; descriptor < 256; ++descriptor) ::close(descriptor);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }

    Files files_;
    pid_t pid_ = -1;
    std::optional<int> status_;
};

}  // namespace tidegate::tests
