#pragma once

#include "base/error.hpp"
#include "bridge/forwarder.hpp"
#include "gateway/config/config.hpp"
#include "gateway/downlink.hpp"
#include "gateway/intake.hpp"
#include "gateway/load/load_level.hpp"
#include "gateway/metrics.hpp"
#include "gateway/pipeline.hpp"
#include "gateway/rates.hpp"
#include "gateway/requests.hpp"
#include "store/alarm_book.hpp"
#include "store/dead_letters.hpp"
#include "store/store.hpp"
#include "web/server/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace tidegate::gateway {

// Owns every part, in the order of the data's way; starts them from the end to the beginning, so that each
// finds the next one ready, and stops them from the beginning to the end, so that each can hand on what it
// has.
class App {
public:
    explicit App(Config config);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // On the calling thread, until SIGTERM or SIGINT. Errors: what kept it from starting.
    Result<> run();

private:
    Result<> open();
    Result<> open_store();
    Result<> open_upstreams();
    Result<> open_downlink();
    Result<> listen();
    void stop();
    boost::asio::awaitable<void> live();  // until a signal; then the loop runs out of work
    boost::asio::awaitable<void> tick();  // rates and watchdog once a second, load four times
    boost::asio::awaitable<void> await_signal();
    void look();
    void look_at_load();
    web::GatewayFacts facts() const;
    DecodingFacts decoding_facts() const;
    std::vector<web::DeviceFacts> devices() const;  // any thread
    web::Facts facts_for_web();

    Config config_;
    std::int64_t started_ms_;
    Rate messages_, readings_, cpu_;
    double cpu_seconds_ = 0;
    std::uint64_t rss_bytes_ = 0;
    LoadLevel load_;
    Rate commits_, commit_seconds_;
    double memory_in_use_ = 0;

    Intake intake_{config_};  // before the store, whose last commit still releases space in its rings
    std::unique_ptr<store::Store> store_;
    std::optional<store::DeadLetters> dead_letters_;
    std::optional<store::AlarmBook> alarm_book_;
    std::optional<Pipeline> pipeline_;
    std::vector<std::unique_ptr<bridge::Forwarder>> forwarders_;
    std::unique_ptr<Downlink> downlink_;
    std::unique_ptr<Requests> requests_;
    std::unique_ptr<web::Server> server_;
    boost::asio::io_context io_{1};  // last: frames that wait refer to all of the above and go with it
};

}  // namespace tidegate::gateway
