#include "firmware-sim/options.hpp"
#include "firmware-sim/simulation.hpp"
#include "firmware-sim/sources.hpp"

#include <csignal>
#include <exception>
#include <fmt/format.h>
#include <iostream>

int main(int argc, char** argv)
{
    using namespace tidegate::sim;
    const auto parsed = parse(argc, argv);
    if (!parsed.run) return parsed.status;

    try {
        if (parsed.options.print > 0) {
            print_messages(parsed.options, std::cout);
            return std::cout.flush() ? 0 : 1;
        }
    } catch (const std::exception& problem) {
        fmt::print(stderr, "tidegate-sim: {}\n", problem.what());
        return 2;
    }

    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the client's threads, which inherit it
    try {
        const auto account = simulate(parsed.options);
        fmt::print("{}", parsed.options.json ? as_json(account) : as_text(account));
        return account.failed() == 0 ? 0 : 1;
    } catch (const std::exception& problem) {
        fmt::print(stderr, "tidegate-sim: {}\n", problem.what());
        return 1;
    }
}
