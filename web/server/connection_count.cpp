#include "web/server/connection_count.hpp"

#include <utility>

namespace tidegate::web {

boost::asio::ip::address unmapped(const boost::asio::ip::address& address)
{
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
}

ConnectionCount::Slot::Slot(ConnectionCount& count, std::string address)
    : count_(&count),
      address_(std::move(address))
{
    ++count_->open_;
    ++count_->by_address_[address_];
}

ConnectionCount::Slot::Slot(Slot&& other) noexcept
    : count_(std::exchange(other.count_, nullptr)),
      address_(std::move(other.address_))
{
}

ConnectionCount::Slot::~Slot()
{
    if (count_ == nullptr) return;
    --count_->open_;
    const auto found = count_->by_address_.find(address_);
    if (--found->second == 0) count_->by_address_.erase(found);
}

std::optional<ConnectionCount::Slot> ConnectionCount::admit(const std::string& address)
{
    const auto found = by_address_.find(address);
    const std::size_t from_there = found == by_address_.end() ? 0 : found->second;
    if (open_ >= most_ || from_there >= most_each_) return std::nullopt;
    return Slot(*this, address);
}

}  // namespace tidegate::web
