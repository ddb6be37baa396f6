#pragma once

#include "base/error.hpp"
#include "gateway/config/load.hpp"
#include "gateway/downlink.hpp"
#include "gateway/ingest/post_inlet.hpp"
#include "gateway/intake.hpp"
#include "gateway/load/load_level.hpp"
#include "gateway/load/store_watch.hpp"
#include "gateway/message_log.hpp"
#include "gateway/metrics.hpp"
#include "gateway/pipeline.hpp"
#include "gateway/rates.hpp"
#include "gateway/requests.hpp"
#include "gateway/tracer.hpp"
#include "gateway/trials.hpp"
#include "gateway/upstreams.hpp"
#include "store/alarm_book.hpp"
#include "store/notebook.hpp"
#include "store/store.hpp"
#include "web/accounts/accounts.hpp"
#include "web/server/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tidegate::gateway {

// Owns every part, in the order of the data's way; starts them from the end to the beginning, so that each
// finds the next one ready, and stops them from the beginning to the end, so that each can hand on what it
// has. SIGHUP has it read its configuration again (docs/decisions/0023).
class App {
public:
    // `config` as load_config(file) has it.
    App(Config config, std::filesystem::path file);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // On the calling thread, until SIGTERM or SIGINT. Errors: what kept it from starting.
    Result<> run();

private:
    PipelineOptions pipeline_options();  // at the start, and after each change of the configuration
    Result<> open();
    Result<> open_store();
    Result<> open_ways();
    Result<> open_accounts();
    Result<> listen();
    void stop();
    // Until a signal; then the loop runs out of work.
    boost::asio::awaitable<void> live(boost::asio::signal_set& hang_up, boost::asio::signal_set& end);
    boost::asio::awaitable<void> reloads(boost::asio::signal_set& hang_up);
    boost::asio::awaitable<void> reload();
    boost::asio::awaitable<void> aside(std::function<void()>& work);  // on a thread of its own
    // What a reload comes to, before anything is touched.
    struct Prepared {
        LoadedConfig loaded;
        std::vector<std::string> problems, needs_restart;
    };
    Prepared prepare();  // aside, as the next two
    void part();
    void discard();
    void apply(Prepared prepared);
    void refuse(std::vector<std::string> problems);
    boost::asio::awaitable<void> tick();  // rates and watchdog once a second, load four times
    boost::asio::awaitable<void> await_signal(boost::asio::signal_set& end);
    void look();
    void look_at_load();
    void keep_notes();  // aside
    web::GatewayFacts facts() const;
    DecodingFacts decoding_facts() const;
    std::vector<web::DeviceFacts> devices() const;  // any thread
    std::vector<web::AlarmRuleFacts> alarm_rules() const;
    std::vector<web::ControlFacts> controls() const;  // any thread
    web::Facts facts_for_web();
    void add_insight(web::Facts& handed);  // what messages look like, and what was configured

    Config config_;
    std::filesystem::path file_;
    std::int64_t started_ms_;
    web::ConfigurationFacts configuration_;
    Rate messages_, readings_, cpu_;
    double cpu_seconds_ = 0;
    std::uint64_t rss_bytes_ = 0;
    std::optional<double> cpu_celsius_;
    LoadLevel load_;
    StoreWatch store_watch_;
    bool store_works_ = true;  // as of the last look at the load
    Rate commits_, commit_seconds_;
    double memory_in_use_ = 0;

    std::string zone_;
    store::Notebook notebook_;
    std::int64_t intervals_noted_ms_ = 0;  // aside's own
    Trials trials_;
    MessageLog messages_seen_;
    Tracer tracer_;
    Intake intake_;                   // before the store, whose last commit still releases space in its rings
    std::optional<PostInlet> posts_;  // likewise: it is told of that commit
    std::unique_ptr<store::Store> store_;
    std::optional<store::AlarmBook> alarm_book_;
    std::optional<Pipeline> pipeline_;
    std::optional<Upstreams> upstreams_;
    std::unique_ptr<Downlink> downlink_;
    std::unique_ptr<Requests> requests_;       // before the pipeline starts, which uses it
    std::unique_ptr<web::Accounts> accounts_;  // none: everybody is admin
    std::unique_ptr<web::Server> server_;
    boost::asio::thread_pool aside_{1};  // "tg-reload"
    boost::asio::io_context io_{1};      // last: frames that wait refer to all of the above and go with it
};

}  // namespace tidegate::gateway
