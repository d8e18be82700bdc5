// What tests say to a server over a socket of their own, byte for byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "saltus/base/error.h"

namespace saltus::testing {

class RawClient {
 public:
  explicit RawClient(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      fail("RawClient: cannot connect to port {}", port);
    }
  }
  ~RawClient() { leave(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send_text(const std::string& text) {
    // The server may have closed already: then there is nothing to be read.
    [[maybe_unused]] const ssize_t sent = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }

  // What one call brings.
  std::string receive_some() {
    std::string some(4096, '\0');
    const ssize_t count = recv(socket_, some.data(), some.size(), 0);
    some.resize(count > 0 ? static_cast<size_t>(count) : 0);
    return some;
  }

  // Everything until the server closes, or says nothing more for a while.
  std::string receive(int patience_ms = 3000) {
    std::string all;
    char buffer[4096];
    for (pollfd entry{socket_, POLLIN, 0}; poll(&entry, 1, patience_ms) > 0;) {
      const ssize_t count = recv(socket_, buffer, sizeof buffer, 0);
      if (count <= 0) {
        closed_ = true;
        break;
      }
      all.append(buffer, static_cast<size_t>(count));
    }
    return all;
  }
  bool was_closed() const { return closed_; }  // by the server, as receive() saw

  std::string ask(const std::string& text, int patience_ms = 300) {
    send_text(text);
    return receive(patience_ms);
  }

  void leave() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

 private:
  int socket_;
  bool closed_ = false;
};

// The status of an answer, or 0 where there is none.
inline int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

}  // namespace saltus::testing
