#include "saltus/http/connection.h"

#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "saltus/http/request_head.h"

namespace saltus {
namespace {

constexpr size_t kReceiveSize = 64 << 10;
// How long a connection may do nothing before it is asked whether it is still wanted.
constexpr std::chrono::milliseconds kGlance{100};
// What is written of an answer waits for the rest up to so many bytes: few packets, few calls.
constexpr size_t kHeld = 64 << 10;

}  // namespace

Connection::Connection(socket_t socket, const ConnectionLimits& limits,
                       std::function<bool()> unwanted)
    : socket_(socket), limits_(limits), unwanted_(std::move(unwanted)) {
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool Connection::wait_for(short events, Clock::time_point deadline) const {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd entry{.fd = socket_, .events = events, .revents = 0};
    const int ready =
        poll(&entry, 1, static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (Clock::now() >= deadline) return false;
  }
}

bool Connection::receive(Clock::time_point deadline) {
  char buffer[kReceiveSize];
  for (;;) {
    const ssize_t count = recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0) {
      received_.append(buffer, static_cast<size_t>(count));
      return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return false;
    if (!wait_for(POLLIN, deadline)) return false;
  }
}

bool Connection::await_request() {
  const auto deadline = Clock::now() + limits_.idle;
  while (received_.empty()) {
    const auto now = Clock::now();
    if (wait_for(POLLIN, std::min(deadline, now + kGlance))) {
      if (!receive(deadline)) return false;
    } else if (unwanted_() || now >= deadline) {
      return false;
    }
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
      std::string head = received_.substr(0, end + kEnd.size());
      received_.erase(0, head.size());
      return head;
    }
    if (received_.size() > kLongestHead) {
      http_fail(431, "head_too_large", "request: expected a head of at most {} bytes",
                kLongestHead);
    }
    searched = received_.size() - std::min(received_.size(), kEnd.size() - 1);
    if (!receive(deadline)) return std::nullopt;
  }
}

void Connection::offer(std::string head, int64_t length) {
  offered_ = std::move(head);
  body_left_ = length;
  body_deadline_ = Clock::now() + limits_.body;
  holding_ = true;
}

bool Connection::finish_answer() {
  holding_ = false;
  return send_held();
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

bool Connection::is_readable() const { return !offered_.empty() || body_left_ > 0; }

ssize_t Connection::read(char* to, size_t size) {
  if (!offered_.empty()) {
    const size_t count = std::min(size, offered_.size());
    std::copy_n(offered_.begin(), count, to);
    offered_.erase(0, count);
    return static_cast<ssize_t>(count);
  }
  if (body_left_ == 0) return 0;
  if (received_.empty() && !receive(body_deadline_)) return -1;
  const size_t count = std::min({size, received_.size(), static_cast<size_t>(body_left_)});
  std::copy_n(received_.begin(), count, to);
  received_.erase(0, count);
  body_left_ -= static_cast<int64_t>(count);
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* from, size_t size) {
  if (holding_ && held_.size() + size <= kHeld) {
    held_.append(from, size);
  } else if (!send_held() || !send_all(from, size)) {
    return -1;
  }
  return static_cast<ssize_t>(size);
}

bool Connection::send_held() {
  const std::string held = std::exchange(held_, {});  // never twice
  return send_all(held.data(), held.size());
}

bool Connection::send_all(const char* from, size_t size) {
  const auto deadline = Clock::now() + limits_.write;
  size_t done = 0;
  while (done < size) {
    const ssize_t count = send(socket_, from + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      done += static_cast<size_t>(count);
    } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      if (!wait_for(POLLOUT, deadline)) return false;
    } else {
      return false;
    }
  }
  return true;
}

// Nobody asks: what httplib would do with them, log lines and headers, is off.
void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace saltus
