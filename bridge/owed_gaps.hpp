#pragma once

#include "bridge/selection.hpp"
#include "bridge/sink.hpp"
#include "store/store.hpp"

#include <span>
#include <string>
#include <vector>

namespace tidegate::bridge {

// The gaps that one upstream is to be told, by either lane, before what follows. Used by the forwarder's
// thread.
class OwedGaps {
public:
    // All of them outlive it.
    OwedGaps(store::Store& store, const Sink& sink, Selection& selection, const std::string& name)
        : store_(store),
          sink_(sink),
          selection_(selection),
          name_(name)
    {
    }

    // What comes next, unless it has some that are not told yet. Those that are not for this upstream, all of
    // them where its format has no place for gaps, are passed over.
    void read();

    std::span<const store::Gap> next() const { return gaps_; }
    void told();   // they are done with
    void fewer();  // half of them: they may be too many

private:
    void tell_only_of_what_it_gets();

    store::Store& store_;
    const Sink& sink_;
    Selection& selection_;
    const std::string& name_;
    std::vector<store::Gap> gaps_;
};

}  // namespace tidegate::bridge
