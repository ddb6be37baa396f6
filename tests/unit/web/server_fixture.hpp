#pragma once

#include "store/store.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"
#include "unit/web/raw_client.hpp"
#include "web/server/server.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tidegate::web {

// The real server on a free port of the loopback, over a real store in a directory of its own.
struct ServerTest : testing::Test {
    ServerTest()
    {
        store::StoreOptions options;
        options.directory = directory.path() / "data";
        options.commit_interval = std::chrono::milliseconds(10);
        auto opened = store::Store::open(options);
        if (!opened) throw std::runtime_error(opened.error().what);
        store = std::move(*opened);
        dead_letters = std::make_unique<store::DeadLetters>(directory.path());
        commands = std::make_unique<store::CommandBook>(directory.path());
        alarms = std::make_unique<store::AlarmBook>(directory.path());
    }
    ~ServerTest() override
    {
        clients.clear();
        stop();
    }

    void SetUp() override { start({}); }

    void start(ServerOptions options)
    {
        options.port = 0;
        server.emplace(io, *store, facts(), options);
        ASSERT_TRUE(server->listen());
        thread = std::thread([this] { io.run(); });
    }

    void stop()
    {
        if (!thread.joinable()) return;
        boost::asio::post(io, [this] { server->stop(); });
        thread.join();
    }

    Facts facts()
    {
        Facts result;
        result.gateway = [this] {
            GatewayFacts now;
            now.gateway = "pi-test";
            now.version = "0.0.1";
            now.store = store->state();
            now.upstreams.resize(1);
            now.upstreams[0].id = "cloud";
            now.commands_allowed = {"cmnd/#"};
            return now;
        };
        result.metrics = [] { return std::string("tidegate_series 1\n"); };
        result.retry_upstream = [this](const std::string& id) { retried.push_back(id); };
        result.devices = [] {
            return std::vector<DeviceFacts>{
                {"kitchen", "online", 1000, "", 3, 2000, "tele/kitchen/LWT"},
                {"cellar", "offline", 1500, "\"cellar/up\" says so", 1, 0, "cellar/up"},
                {"meter", "stale", 1600, "not heard for 60 s", 2, 1540, ""}};
        };
        result.post = [this](Post post, const PostDone& done) {
            posts.push_back(std::move(post));
            if (post_answer) std::thread(done, *post_answer).detach();
        };
        result.dead_letters = dead_letters.get();
        result.commands = commands.get();
        result.alarms = alarms.get();
        result.accounts = accounts.get();
        result.command = [this](const std::string& body) -> Result<store::CommandAdded> {
            if (body != "good") return Error{ErrorKind::denied, "not on the list"};
            store::Command command;
            command.id = "1";
            command.topic = "cmnd/<x>";
            command.payload = "ON";
            return commands->add(command);
        };
        add_insight(result);
        return result;
    }

    static void add_insight(Facts& result)
    {
        result.decode = [](const std::string& body) -> Result<std::string> {
            if (body != "good") return Error{ErrorKind::invalid, "no message"};
            return std::string(R"({"decoder":"scalar"})");
        };
        result.last_messages = [](const std::vector<std::string>& topics) {
            SeenMessages seen;
            // The last sequence is cut off.
            for (const auto& topic : topics)
                seen.messages.push_back({topic, "21 \u00b0\xc2", 600, 1000, false, "scalar", 1, "", "",
                                         "rule", "tidegate.toml:12"});
            return seen;
        };
        result.rejected_messages = [] {
            SeenMessages seen;
            seen.messages.push_back(
                {"lab/x", std::string("\0\xff{", 3), 3, 1000, false, "", 0, "malformed", "no"});
            seen.limited = {{"lab/raw", 318}};
            return seen;
        };
        result.controls = [] {
            return std::vector<ControlFacts>{{"stat/kitchen/POWER",
                                              "",
                                              "Lamp",
                                              "Kitchen",
                                              "switch",
                                              "cmnd/kitchen/POWER",
                                              "%v",
                                              {"ON", "OFF"}},
                                             {"tele/kitchen/SENSOR",
                                              "/Level",
                                              "Level",
                                              "kitchen",
                                              "number",
                                              "cmnd/kitchen/Level",
                                              "%v",
                                              {},
                                              0,
                                              100,
                                              {},
                                              "%"}};
        };
        result.configuration = [] { return std::string("[web]\nport = 8080\n"); };
        result.alarm_rules = [] {
            return std::vector<AlarmRuleFacts>{{"warm", "critical", "above", "-15", -17}};
        };
    }

    // Asks on the web thread, as everything that it owns must be.
    template <class Question>
    auto ask(const Question& question)
    {
        std::promise<decltype(question())> answer;
        boost::asio::post(io, [&] { answer.set_value(question()); });
        return answer.get_future().get();
    }
    std::vector<std::string> retries()
    {
        return ask([this] { return retried; });
    }

    store::SeriesId series(const std::string& topic, const std::string& field = "")
    {
        if (const auto known = store->series().find(topic, field)) return *known;
        return store->series().add({0, topic, field, "kitchen", "Temperature", "°C"});
    }

    // As the pipeline does it: into the live table, then into the store, and waits until it is committed.
    void hear(store::SeriesId id, store::Value value, std::int64_t time_ms)
    {
        const store::Reading reading{id, time_ms, std::move(value), 0};
        store->live().update({&reading, 1}, time_ms);
        store::Books books;
        books.received = books.stored_messages = books.read = books.stored_readings = 1;
        ASSERT_TRUE(store->append({{reading}, books, {}}, {}));
        ASSERT_TRUE(store->flush());
    }

    // A new connection, kept until the test ends.
    tests::RawClient& client()
    {
        return *clients.emplace_back(std::make_unique<tests::RawClient>(server->port()));
    }

    tests::TempDir directory;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<store::DeadLetters> dead_letters;
    std::unique_ptr<store::CommandBook> commands;
    std::unique_ptr<store::AlarmBook> alarms;
    std::unique_ptr<Accounts> accounts;  // none: everybody is admin
    std::optional<Server> server;        // before io: pending coroutines refer to it
    boost::asio::io_context io{1};
    std::thread thread;
    std::vector<std::string> retried;       // web thread
    std::vector<Post> posts;                // likewise
    std::optional<PostResult> post_answer;  // none: it never comes
    std::vector<std::unique_ptr<tests::RawClient>> clients;
};

}  // namespace tidegate::web
