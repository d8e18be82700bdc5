#include "saltus/http/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "saltus/http/request_head.h"

namespace saltus {
namespace {

constexpr size_t kReceiveSize = 64 << 10;
// How long a call waits for a client's bytes before it is looked whether that is still wanted.
constexpr std::chrono::milliseconds kGlance{100};

}  // namespace

Connection::Connection(int socket, const ConnectionLimits& limits, std::function<bool()> unwanted)
    : socket_(socket), limits_(limits), unwanted_(std::move(unwanted)) {
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval glance{.tv_sec = 0, .tv_usec = std::chrono::microseconds(kGlance).count()};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &glance, sizeof glance);
}

Connection::Received Connection::receive_some() {
  char buffer[kReceiveSize];
  const ssize_t count = recv(socket_, buffer, sizeof buffer, 0);
  if (count > 0) {
    received_.append(buffer, static_cast<size_t>(count));
    return Received::bytes;
  }
  const bool waits = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return waits ? Received::nothing : Received::end;
}

bool Connection::receive(Clock::time_point deadline) {
  Received received = Received::nothing;
  while (received == Received::nothing && Clock::now() < deadline) received = receive_some();
  return received == Received::bytes;
}

std::string Connection::take(size_t size) {
  if (size == received_.size()) return std::exchange(received_, {});
  std::string taken = received_.substr(0, size);
  received_.erase(0, size);
  return taken;
}

bool Connection::await_request() {
  const auto deadline = Clock::now() + limits_.idle;
  while (received_.empty()) {
    const Received received = receive_some();
    if (received == Received::end) return false;
    if (received == Received::nothing && (unwanted_() || Clock::now() >= deadline)) return false;
  }
  return true;
}

std::optional<std::string> Connection::read_head() {
  const auto deadline = Clock::now() + limits_.head;
  constexpr std::string_view kEnd = "\r\n\r\n";
  size_t searched = 0;
  for (;;) {
    const size_t end = received_.find(kEnd, searched);
    if (end != std::string::npos && end + kEnd.size() <= kLongestHead) {
      return take(end + kEnd.size());
    }
    if (received_.size() > kLongestHead) {
      http_fail(431, "head_too_large", "request: expected a head of at most {} bytes",
                kLongestHead);
    }
    searched = received_.size() - std::min(received_.size(), kEnd.size() - 1);
    if (!receive(deadline)) return std::nullopt;
  }
}

std::optional<std::string> Connection::read_body(int64_t length) {
  const auto deadline = Clock::now() + limits_.body;
  const auto size = static_cast<size_t>(length);
  while (received_.size() < size) {
    if (!receive(deadline)) return std::nullopt;
  }
  return take(size);
}

bool Connection::client_gone() const {
  pollfd entry{.fd = socket_, .events = POLLRDHUP, .revents = 0};
  return poll(&entry, 1, 0) > 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Connection::linger() {
  shutdown(socket_, SHUT_WR);
  const auto deadline = Clock::now() + std::chrono::seconds(1);
  size_t taken = received_.size();
  while (taken < (size_t{1} << 20)) {
    received_.clear();
    if (!receive(deadline)) break;
    taken += received_.size();
  }
}

bool Connection::write(std::string_view bytes) {
  const auto deadline = Clock::now() + limits_.write;
  while (!bytes.empty()) {
    const ssize_t count = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      continue;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return false;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd entry{.fd = socket_, .events = POLLOUT, .revents = 0};
    poll(&entry, 1, static_cast<int>(left.count()));
  }
  return true;
}

}  // namespace saltus
