#include "web/server/query_pool.hpp"

#include "base/log.hpp"
#include "web/server/reply.hpp"
#include "web/server/waits.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <future>
#include <pthread.h>

namespace tidegate::web {
namespace net = boost::asio;
using namespace net::experimental::awaitable_operators;

namespace {

// One piece of work. Lives in the frame of QueryPool::run(); its destructor waits for the pool thread to be
// done with it, which matters when the frame is destroyed with the io_context instead of being run to its
// end.
class Job {
public:
    Job(const net::any_io_executor& home, QueryPool::Work work)
        : timer_(home, net::steady_timer::time_point::max()),
          work_(std::move(work))
    {
    }
    ~Job()
    {
        stop_.request_stop();
        ended_.get_future().wait();
    }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    void perform()  // pool thread
    {
        try {
            reply = work_(stop_.get_token());
        } catch (const std::exception& failure) {
            log::error("query-failed why=\"{}\"", log::quoted(failure.what()));
            reply = problem(500, "The query failed; the gateway's log says why.");
        }
        net::post(timer_.get_executor(), [this] {
            finished_ = true;
            end_wait(timer_);
        });
        ended_.set_value();  // the last touch: from here on the job may be gone
    }

    net::awaitable<void> finished() { return until_ended(timer_); }
    bool has_finished() const { return finished_; }
    void request_stop() { stop_.request_stop(); }

    Reply reply;

private:
    net::steady_timer timer_;
    QueryPool::Work work_;
    std::stop_source stop_;
    std::promise<void> ended_;
    bool finished_ = false;
};

}  // namespace

QueryPool::QueryPool(std::string name, std::string busy) : busy_(std::move(busy))
{
    net::post(pool_, [name = std::move(name)] { pthread_setname_np(pthread_self(), name.c_str()); });
}

QueryPool::~QueryPool()
{
    pool_.join();
}

net::awaitable<Reply> QueryPool::run(net::ip::tcp::socket& client, Work work)
{
    if (waiting_ >= most_waiting_) {
        ++turned_away_;
        Reply busy = problem(503, busy_);
        busy.headers.emplace_back("Retry-After", "1");
        co_return busy;
    }
    co_return co_await go_on(client, std::move(work));
}

net::awaitable<Reply> QueryPool::go_on(net::ip::tcp::socket& client, Work work)
{
    const auto home = co_await net::this_coro::executor;
    Job job(home, std::move(work));
    ++waiting_;
    net::post(pool_, [&job] { job.perform(); });
    co_await (job.finished() || client_left(client));
    if (!job.has_finished()) {
        job.request_stop();
        co_await job.finished();
    }
    --waiting_;
    co_return std::move(job.reply);
}

}  // namespace tidegate::web
