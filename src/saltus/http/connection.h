// One client's TCP connection, with a limit on everything it may take: what it sends in one piece
// each, a head or a body, and what it is sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace saltus {

struct ConnectionLimits {
  std::chrono::milliseconds idle{20000};   // between requests
  std::chrono::milliseconds head{10000};   // from a head's first byte to its last
  std::chrono::milliseconds body{60000};   // for the whole body
  std::chrono::milliseconds write{20000};  // that a write may wait for the client
};

// Used from one thread, but for client_gone().
class Connection {
 public:
  // `unwanted`: whether a connection that does nothing is to end, as when others wait for its
  // place. Does not own the socket.
  Connection(int socket, const ConnectionLimits& limits, std::function<bool()> unwanted);

  // Waits for a request's first byte; false when there will be none.
  bool await_request();
  // The next head with its empty line. Nothing when the client went or took too long; HttpFault 431
  // when it is too long.
  std::optional<std::string> read_head();
  // The `length` bytes after a head. Nothing when the client went or took too long.
  std::optional<std::string> read_body(int64_t length);
  // False when the client went or does not take it.
  bool write(std::string_view bytes);
  // Whether the client closed the connection.
  bool client_gone() const;
  // Before closing after an answer to what was not read in full: waits, briefly, for the client to
  // have taken the answer, which a reset would destroy.
  void linger();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Received { bytes, nothing, end };
  // Appends what the client sends next to received_; `nothing` where that took a glance's time.
  Received receive_some();
  // The same, until there are bytes; false on their end or at the deadline, however many came
  // before.
  bool receive(Clock::time_point deadline);
  // The first `size` bytes of what was received.
  std::string take(size_t size);

  int socket_;
  const ConnectionLimits& limits_;
  const std::function<bool()> unwanted_;
  std::string received_;  // and not yet read
};

}  // namespace saltus
