#include "influx_bench.hpp"

#include "measure.hpp"

#include <nlohmann/json.hpp>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace tidegate::bench {

namespace {

constexpr double million = 1e6;

int free_port()
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(socket, raw, length) == 0 && ::getsockname(socket, raw, &length) == 0;
    ::close(socket);
    return bound ? ntohs(address.sin_port) : 0;
}

std::size_t keep(char* data, std::size_t size, std::size_t count, void* into)
{
    static_cast<std::string*>(into)->append(data, size * count);
    return size * count;
}

// A private influxd with a directory of its own; ended with this object, at the latest with this process.
class Server {
public:
    static Result<Server> start(const std::filesystem::path& directory);
    Server(Server&& other) noexcept
        : process_(std::exchange(other.process_, 0)),
          url_(std::move(other.url_)),
          curl_(std::move(other.curl_))
    {
    }
    Server& operator=(Server&&) = delete;
    ~Server();

    int process() const { return process_; }
    Result<std::string> post(const std::string& path, const std::string& body);
    Result<std::string> query(const std::string& database, const std::string& text);  // JSON
    void settle(const std::string& what);  // waits until its compactions are done

private:
    struct Cleanup {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    Server(int process, std::string url) : process_(process), url_(std::move(url)), curl_(curl_easy_init()) {}

    int process_;
    std::string url_;
    std::unique_ptr<CURL, Cleanup> curl_;
};

// Debian's defaults but for places and ports, no self-monitoring, no logs of requests, and that a shard that
// is not written to is compacted at once and not after four hours: what is measured at rest is its best.
std::string config_of(const std::filesystem::path& directory, int http_port, int rpc_port)
{
    return fmt::format(R"(reporting-disabled = true
bind-address = "127.0.0.1:{2}"
[meta]
  dir = "{0}/meta"
[data]
  dir = "{0}/data"
  wal-dir = "{0}/wal"
  query-log-enabled = false
  cache-snapshot-write-cold-duration = "5s"
  compact-full-write-cold-duration = "10s"
[monitor]
  store-enabled = false
[continuous_queries]
  enabled = false
[http]
  bind-address = "127.0.0.1:{1}"
  log-enabled = false
)",
                       directory.string(), http_port, rpc_port);
}

Result<Server> Server::start(const std::filesystem::path& directory)
{
    std::filesystem::create_directories(directory);
    const auto config = directory / "influxdb.conf";
    const int http_port = free_port();
    std::ofstream(config) << config_of(directory, http_port, free_port());
    const auto parent = ::getpid();
    const auto process = ::fork();
    if (process == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) std::_Exit(1);
        const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        ::dup2(null, STDOUT_FILENO);
        ::dup2(null, STDERR_FILENO);
        ::execlp("influxd", "influxd", "run", "-config", config.c_str(), nullptr);
        std::_Exit(127);
    }
    Server server(process, fmt::format("http://127.0.0.1:{}", http_port));
    for (int i = 0; i < 200; ++i) {
        if (server.post("/query?q=SHOW%20DATABASES", "")) return server;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return Error{ErrorKind::unavailable, "influxd does not answer (apt-get install influxdb)"};
}

Server::~Server()
{
    if (process_ <= 0) return;
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
}

Result<std::string> Server::post(const std::string& path, const std::string& body)
{
    std::string answer;
    auto* const curl = curl_.get();
    curl_easy_setopt(curl, CURLOPT_URL, (url_ + path).c_str());
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    const auto failed = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (failed != CURLE_OK) return Error{ErrorKind::unavailable, curl_easy_strerror(failed)};
    if (status != 200 && status != 204)
        return Error{ErrorKind::denied, fmt::format("influxd says {}: {}", status, answer.substr(0, 200))};
    return answer;
}

Result<std::string> Server::query(const std::string& database, const std::string& text)
{
    const std::unique_ptr<char, void (*)(void*)> escaped(
        curl_easy_escape(curl_.get(), text.c_str(), static_cast<int>(text.size())), curl_free);
    auto answer = post(fmt::format("/query?db={}&epoch=ms&q={}", database, escaped.get()), "");
    if (answer && answer->find("\"error\"") != std::string::npos)
        return Error{ErrorKind::denied, answer->substr(0, 200)};
    return answer;
}

void Server::settle(const std::string& what)
{
    Progress progress(what);
    constexpr int longest = 180, still = 12;  // s; longer than what a shard must be cold for
    double last = cpu_seconds_of(process_);
    int calm = 0;
    for (int second = 0; second < longest && calm < still; ++second) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        const auto now = cpu_seconds_of(process_);
        calm = now - last < 0.05 ? calm + 1 : 0;
        last = now;
        progress.at(static_cast<double>(second) / longest, "at most");
    }
}

// A measurement for each type, as one field cannot have two: n, i, b, t.
void write_line(const store::Reading& reading, const Shape& shape, std::string& body)
{
    auto out = std::back_inserter(body);
    if (const auto* number = std::get_if<double>(&reading.value))
        fmt::format_to(out, "n,s={} v={:.{}f} {}\n", reading.series, *number, shape.decimals,
                       reading.time_ms);
    else if (const auto* integer = std::get_if<std::int64_t>(&reading.value))
        fmt::format_to(out, "i,s={} v={}i {}\n", reading.series, *integer, reading.time_ms);
    else if (const auto* on = std::get_if<bool>(&reading.value))
        fmt::format_to(out, "b,s={} v={} {}\n", reading.series, *on, reading.time_ms);
    else
        fmt::format_to(out, "t,s={} v=\"{}\" {}\n", reading.series, std::get<std::string>(reading.value),
                       reading.time_ms);
}

struct Cost {
    double cpu_seconds = 0;
    double bytes = 0;
    double seconds = 0;   // feeding alone
    double resident = 0;  // at the end of the feeding
};

class InfluxRun {
public:
    InfluxRun(Server& server, const Place& place)
        : server_(server),
          place_(place),
          written_(place.directory, server.process())
    {
    }

    // Only series up to `last` are sent, and only they count.
    Result<Cost> feed(const std::string& database,
                      Profile profile,
                      store::SeriesId last,
                      std::uint64_t readings,
                      std::size_t batch,
                      std::int64_t* end_ms = nullptr);

private:
    Server& server_;
    const Place& place_;
    Written written_;
};

Result<Cost> InfluxRun::feed(const std::string& database,
                             Profile profile,
                             store::SeriesId last,
                             std::uint64_t readings,
                             std::size_t batch,
                             std::int64_t* end_ms)
{
    if (auto made = server_.query(database, "CREATE DATABASE " + database); !made) return made.error();
    server_.settle("");
    const auto bytes = written_.bytes();
    const auto cpu = cpu_seconds_of(server_.process()), start = wall_seconds();
    Workload workload(profile, place_.seed);
    const auto path = "/write?precision=ms&db=" + database;
    std::string body;
    std::vector<store::Reading> block;
    std::uint64_t sent = 0, in_body = 0;
    Progress progress(fmt::format("InfluxDB, {} a batch", batch));
    while (sent < readings) {
        block.clear();
        workload.next(batch, block);
        for (const auto& reading : block) {
            if (reading.series > last || sent + in_body == readings) continue;
            write_line(reading, workload.shape(reading.series), body);
            if (++in_body < batch && sent + in_body < readings) continue;
            if (auto done = server_.post(path, body); !done) return done.error();
            sent += in_body;
            in_body = 0;
            body.clear();
        }
        progress.at(static_cast<double>(sent) / static_cast<double>(readings),
                    fmt::format("{:.0f} readings/s", static_cast<double>(sent) / (wall_seconds() - start)));
    }
    if (end_ms != nullptr) *end_ms = workload.now_ms();
    const auto fed = wall_seconds() - start;
    const auto resident = static_cast<double>(memory_of(server_.process()).resident);
    server_.settle("InfluxDB compacting");
    return Cost{cpu_seconds_of(server_.process()) - cpu, static_cast<double>(written_.bytes() - bytes), fed,
                resident};
}

std::size_t points_in(const std::string& answer)
{
    const auto parsed = nlohmann::json::parse(answer, nullptr, false);
    if (parsed.is_discarded() || !parsed["results"][0].contains("series")) return 0;
    std::size_t points = 0;
    for (const auto& series : parsed["results"][0]["series"]) points += series["values"].size();
    return points;
}

std::string measurement_of(const Shape& shape)
{
    return shape.decimals == 0 ? "i" : "n";
}

std::string select(const std::string& from,
                   const std::string& where,
                   std::int64_t from_ms,
                   std::int64_t to_ms)
{
    return fmt::format(
        "SELECT mean(v), min(v), max(v), count(v) FROM {} WHERE {} AND time >= {}ms AND time < {}ms "
        "GROUP BY time({}ms), s fill(none)",
        from, where, from_ms, to_ms, (to_ms - from_ms + 999) / 1000);
}

Result<> time_queries(Server& server, const Place& place, const InfluxPlan& plan, std::int64_t end_ms)
{
    constexpr std::int64_t day_ms = 86'400'000;
    auto results = place.results;
    const auto [day_from, month_from, month_to] = query_ranges(end_ms);
    const Workload workload(Profile::ten_fast, place.seed);
    const auto one = measurement_of(workload.shape(1));
    const std::vector<std::pair<std::string, std::string>> asked{
        {"day-1", select(one, "s = '1'", day_from, day_from + day_ms)},
        {"day-10", select("n, i", "s =~ /^([1-9]|10)$/", day_from, day_from + day_ms)},
        {"month-1", select(one, "s = '1'", month_from, month_to)}};
    for (const auto& [key, text] : asked) {
        std::size_t points = 0;
        double before = 0;
        for (std::size_t run = 0; run <= plan.runs; ++run) {  // the first only warms up
            if (run == 1) before = cpu_seconds_of(server.process());
            auto answer = server.query("fast", text);
            if (!answer) return answer.error();
            points = points_in(*answer);
        }
        const auto used = cpu_seconds_of(server.process()) - before;
        results.add(influx, key, 1000 * used / static_cast<double>(plan.runs),
                    fmt::format("{} points of the ten fast series alone, mean of {}", points, plan.runs));
    }
    return {};
}

}  // namespace

Result<> measure_influx(const Place& place, const InfluxPlan& plan)
{
    auto results = place.results;
    const auto directory = place.directory / "influx";
    auto server = Server::start(directory);
    if (!server) return server.error();
    InfluxRun run(*server, place);
    const auto everything = static_cast<store::SeriesId>(Workload::series_count);

    const auto disk_before = sum(space_of(directory)).blocks;
    auto spread = run.feed("spread", Profile::spread, everything, plan.spread_readings, 1000);
    if (!spread) return spread.error();
    const auto count = static_cast<double>(plan.spread_readings);
    const auto tsm = static_cast<double>(sum(space_of(directory / "data")).blocks);
    results.add(influx, "cpu-S", spread->cpu_seconds / count * million,
                fmt::format("{} readings of S, 1,000 a batch over HTTP, {} readings/s", grouped(count),
                            grouped(count / spread->seconds)));
    results.add(influx, "paced-cpu-1000", spread->cpu_seconds / count * million, "compaction in it");
    results.add(influx, "rest-S", tsm / count, "data directory, fully compacted");
    results.add(influx, "rest-all-S",
                static_cast<double>(sum(space_of(directory)).blocks - disk_before) / count);
    results.add(influx, "written-1000", spread->bytes / count,
                "as fast as it takes them, each batch durable");
    results.add(influx, "memory", spread->resident / 1e6, "the whole process, at the end of feeding S");
    results.add(influx, "memory-most", static_cast<double>(memory_of(server->process()).most) / 1e6);

    for (const std::size_t batch : {5000U, 250U, 25U}) {
        const auto readings = plan.other_batches * batch;
        auto cost = run.feed(fmt::format("by{}", batch), Profile::spread, everything, readings, batch);
        if (!cost) return cost.error();
        results.add(
            influx, fmt::format("written-{}", batch), cost->bytes / static_cast<double>(readings),
            fmt::format("{} readings, as fast as it takes them", grouped(static_cast<double>(readings))));
        results.add(influx, fmt::format("paced-cpu-{}", batch),
                    cost->cpu_seconds / static_cast<double>(readings) * million, "compaction in it");
    }
    if (plan.fast_readings == 0) return {};
    std::int64_t end_ms = 0;
    auto fast =
        run.feed("fast", Profile::ten_fast, Workload::fast_series, plan.fast_readings, 10'000, &end_ms);
    if (!fast) return fast.error();
    return time_queries(*server, place, plan, end_ms);
}

}  // namespace tidegate::bench
