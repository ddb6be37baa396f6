#pragma once

#include "web/server/live_hub.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::web {
using nlohmann::json;

constexpr std::int64_t day_one = 1'764'000'000'000;

// A client without a socket: takes what it is owed whenever it is woken, unless its socket is full.
class Viewer {
public:
    Viewer(LiveHub& hub, Moment& now) : hub_(hub), now_(now)
    {
        client_.identity = open_identity();
        client_.wake = [this] { woken_ = true; };
        client_.cut = [this] { cut_ = true; };
        hub_.join(client_, now_);
    }
    ~Viewer() { hub_.leave(client_); }
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;

    void say(const std::string& text)
    {
        hub_.receive(client_, text, now_);
        read();
    }

    // Writes out what the hub has, message by message; a full socket takes one message and is not done with
    // it.
    void read()
    {
        while (!full_ && std::exchange(woken_, false)) {
            LiveStep step = hub_.next(client_, now_);
            if (step.close != 0) {
                closed_ = step.close;
                return;
            }
            if (!step.frame) return;
            woken_ = true;
            frames_.push_back(step.frame);
            full_ = fills_;
        }
    }

    void fill_socket() { fills_ = true; }
    void drain_socket()
    {
        fills_ = full_ = false;
        woken_ = true;
        read();
    }

    // What came since the last call, of one kind.
    std::vector<json> take(const std::string& kind)
    {
        std::vector<json> found;
        for (const auto& frame : std::exchange(frames_, {})) {
            auto message = json::parse(*frame);
            last_any_ = message;
            if (message["k"] == kind) found.push_back(std::move(message));
        }
        return found;
    }

    const std::vector<Frame>& frames() const { return frames_; }
    void forget() { frames_.clear(); }
    int closed() const { return closed_; }
    bool cut() const { return cut_; }

private:
    LiveHub& hub_;
    Moment& now_;
    LiveClient client_;
    std::vector<Frame> frames_;
    json last_any_;
    bool woken_ = false, fills_ = false, full_ = false, cut_ = false;
    int closed_ = 0;
};

struct LiveHubTest : testing::Test {
    LiveHubTest()
    {
        for (const auto* topic : {"plant/a", "plant/b", "cellar/a"})
            series.add({0, topic, "", topic, "", ""});
    }

    void hear(store::SeriesId id, store::Value value)
    {
        const store::Reading reading{id, now.wall_ms, std::move(value), 0};
        table.update({&reading, 1}, now.wall_ms);
    }

    void pass(std::int64_t ms, std::initializer_list<Viewer*> viewers)
    {
        for (const auto end = now.boot_ms + ms; now.boot_ms < end;) {
            now.boot_ms += 50;
            now.wall_ms += 50;
            hub.tick(now);
            for (auto* viewer : viewers) viewer->read();
        }
    }

    store::SeriesTable series;
    store::LiveTable table;
    Moment now{day_one, 1'000'000};
    std::vector<Turned> turned;  // away, and why
    LiveHub hub{
        series, table, {"b7c1", "pi", "0.1.0", {8}, 100, [this](Turned why) { turned.push_back(why); }}};
    const std::string hello = R"({"k":"hello","v":1})";
};

}  // namespace tidegate::web
