#include "bridge/http_parts.hpp"

#include "bridge/stripes.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tidegate::bridge {

namespace {

constexpr auto look_again = std::chrono::milliseconds(50);  // how often a wait looks whether to stop

// One delivery on its way.
class Course {
public:
    Course(HttpPost& post, const HttpDialect& dialect, const Delivery& delivery, std::size_t most)
        : post_(post),
          dialect_(dialect),
          stripes_(delivery, most),
          lines_(stripes_.count())
    {
    }

    bool done() const { return under_way_ == 0 && (failure_ || written_all_); }
    bool step();  // whether a part was taken
    std::size_t settled() const { return stripes_.settled(); }
    const std::optional<Error>& failure() const { return failure_; }
    std::chrono::milliseconds retry_after() const { return retry_after_; }

private:
    // A stripe's requests: one under way, and the next.
    struct Line {
        bool under_way = false, ended = false;
        std::optional<HttpRequest> next;
    };

    void begin();
    bool write_one();
    void fail(const Error& error)
    {
        if (!failure_) failure_ = error;
    }

    HttpPost& post_;
    const HttpDialect& dialect_;
    Stripes stripes_;
    std::vector<Line> lines_;
    std::size_t under_way_ = 0;
    bool written_all_ = false;
    std::optional<Error> failure_;  // the first
    std::chrono::milliseconds retry_after_{0};
};

bool Course::step()
{
    bool wrote = false;
    if (!failure_) {
        begin();
        wrote = write_one();
        begin();
    }
    if (under_way_ == 0) return false;
    auto ended = post_.ended(wrote ? std::chrono::milliseconds(0) : look_again);
    if (!ended) return false;
    --under_way_;
    lines_[ended->number].under_way = false;
    if (!ended->answer) {
        fail(ended->answer.error());
        return false;
    }
    retry_after_ = std::max(retry_after_, stay_away(*ended->answer));
    if (auto judged = dialect_.judge(*ended->answer); !judged) {
        fail(judged.error());
        return false;
    }
    stripes_.taken(ended->number);
    return true;
}

void Course::begin()
{
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        auto& line = lines_[i];
        if (line.under_way || !line.next) continue;
        post_.begin(i, std::move(*line.next));
        line.next.reset();
        line.under_way = true;
        ++under_way_;
    }
}

// For a stripe that has nothing under way, if there is one. False: there is nothing to be written just now.
bool Course::write_one()
{
    Line* chosen = nullptr;
    for (auto& line : lines_)
        if (!line.ended && !line.next && (chosen == nullptr || (chosen->under_way && !line.under_way)))
            chosen = &line;
    if (chosen == nullptr) {
        written_all_ = std::ranges::all_of(lines_, [](const Line& line) { return line.ended && !line.next; });
        return false;
    }
    const auto part = stripes_.next(static_cast<std::size_t>(chosen - lines_.data()));
    if (!part) {
        chosen->ended = true;
        return true;
    }
    auto request = dialect_.write(*part);
    if (request)
        chosen->next = std::move(*request);
    else
        fail(request.error());
    return true;
}

}  // namespace

Result<> HttpParts::deliver(const Delivery& delivery,
                            std::size_t most,
                            const std::function<void()>& progressed,
                            const std::stop_token& stop)
{
    Course course(post_, dialect_, delivery, most);
    while (!course.done()) {
        if (stop.stop_requested()) {
            post_.abandon();
            settled_ = course.settled();
            return Error{ErrorKind::unavailable, post_.url() + ": stopped while delivering"};
        }
        if (course.step()) progressed();
    }
    settled_ = course.settled();
    retry_after_ = course.retry_after();
    if (course.failure()) return *course.failure();
    return {};
}

}  // namespace tidegate::bridge
