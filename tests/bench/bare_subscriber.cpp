// A subscriber that does nothing: Paho C++ as its own examples use it, each message counted in its callback
// and forgotten. What it costs is what receiving costs (scripts/bench-intake). Prints the count when it is
// ended.
#include <mqtt/async_client.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>

int main(int argc, char** argv)
{
    if (argc != 3) return std::fputs("usage: bare_subscriber URL FILTER\n", stderr), 2;
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    std::atomic<std::uint64_t> count = 0;
    mqtt::async_client client(argv[1], "bare", mqtt::create_options(MQTTVERSION_5));
    client.set_message_callback([&](const mqtt::const_message_ptr&) { ++count; });
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_5);
    options.set_clean_start(true);
    client.connect(options)->wait();
    client.subscribe(argv[2], 1)->wait();
    std::puts("ready");
    std::fflush(stdout);
    int signal = 0;
    sigwait(&ends, &signal);
    std::printf("%lu\n", count.load());
    return 0;
}
