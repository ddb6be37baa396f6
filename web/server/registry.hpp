#pragma once

#include <functional>
#include <list>
#include <utility>

namespace tidegate::web {

// Everything that runs on the web server's thread and has to end before `io` runs out of work: the acceptor,
// the ticker, each session. What runs registers itself from its coroutine, and is gone from here when the
// coroutine is.
class Registry {
public:
    struct Ending {
        std::function<void()> leave;  // end in good order
        std::function<void()> cut;    // end now
    };

    class Member {
    public:
        Member(Registry& registry, Ending ending)
            : registry_(registry),
              place_(registry.endings_.insert(registry.endings_.end(), std::move(ending)))
        {
        }
        ~Member() { registry_.endings_.erase(place_); }
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;

    private:
        Registry& registry_;
        std::list<Ending>::iterator place_;
    };

    // Both only close sockets and cancel waits; the coroutines end later, from the loop.
    void leave_all()
    {
        for (const auto& ending : endings_) ending.leave();
    }
    void cut_all()
    {
        for (const auto& ending : endings_) ending.cut();
    }
    bool empty() const { return endings_.empty(); }

private:
    std::list<Ending> endings_;
};

}  // namespace tidegate::web
