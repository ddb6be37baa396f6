#pragma once

#include <cstddef>

namespace tidegate::web {

// One, or so many, of what is counted, as long as it lives.
class Counted {
public:
    explicit Counted(std::size_t& count, std::size_t by = 1) : count_(count), by_(by) { count_ += by_; }
    ~Counted() { count_ -= by_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    std::size_t& count_;
    std::size_t by_;
};

}  // namespace tidegate::web
