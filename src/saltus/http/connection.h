// One client's TCP connection, with a limit on everything it may take: the stream that httplib
// reads requests from and writes answers to.
//
// httplib itself bounds neither the size nor the time of a request's head, so heads are read here,
// judged by others (request_head.h, access.h), and what it gets to parse is a head of our own with
// the length of the body.
#pragma once

#include <httplib.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace saltus {

struct ConnectionLimits {
  std::chrono::milliseconds idle{20000};   // between requests
  std::chrono::milliseconds head{10000};   // from a head's first byte to its last
  std::chrono::milliseconds body{60000};   // for the whole body
  std::chrono::milliseconds write{20000};  // that a write may wait for the client
};

// Used from one thread, but for client_gone().
class Connection : public httplib::Stream {
 public:
  // `unwanted`: whether a connection that does nothing is to end, as when others wait for its
  // place. Does not own the socket.
  Connection(socket_t socket, const ConnectionLimits& limits, std::function<bool()> unwanted);

  // Waits for a request's first byte; false when there will be none.
  bool await_request();
  // The next head with its empty line. Nothing when the client went or took too long; HttpFault 431
  // when it is too long.
  std::optional<std::string> read_head();
  // What read() yields from now on: `head`, and then `length` bytes of the client's.
  // What is written then is kept back, so that a small answer leaves in one piece.
  void offer(std::string head, int64_t length);
  // Sends what was kept back, and from now on what is written at once; false when the client went
  // or does not take it.
  bool finish_answer();
  // Whether the client sent more of the last request than was read.
  bool has_unread_body() const { return body_left_ > 0; }
  // Whether the client closed the connection.
  bool client_gone() const;
  // Before closing after an answer to what was not read in full: waits, briefly, for the client to
  // have taken the answer, which a reset would destroy.
  void linger();

  bool is_readable() const override;
  // In place of the first, newer versions of httplib have the others.
  bool is_writable() const { return !client_gone(); }  // write() itself waits
  bool wait_writable() const { return is_writable(); }
  bool wait_readable() const { return is_readable(); }
  time_t duration() const { return 0; }  // since its start, for log lines
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  using httplib::Stream::write;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;
  // Appends what the client sends next to received_; false on its end or at the deadline.
  bool receive(Clock::time_point deadline);
  bool wait_for(short events, Clock::time_point deadline) const;
  bool send_all(const char* from, size_t size);
  bool send_held();

  socket_t socket_;
  const ConnectionLimits& limits_;
  const std::function<bool()> unwanted_;
  std::string received_;  // and not yet read
  std::string offered_;   // our head, before the body
  int64_t body_left_ = 0;
  Clock::time_point body_deadline_;
  bool holding_ = false;
  std::string held_;  // written and not yet sent
};

}  // namespace saltus
