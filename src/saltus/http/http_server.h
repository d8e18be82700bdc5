// An HTTP/1.1 server for a few clients that stays within its limits whatever is sent to it.
// cpp-httplib listens and accepts.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "saltus/http/access.h"
#include "saltus/http/counters.h"
#include "saltus/http/router.h"

namespace saltus {

struct HttpConfig {
  std::string host = "127.0.0.1";
  int port = 0;                         // 0: one that is free
  int64_t connections = 256;            // served at once, a thread each
  int64_t bodies = int64_t{256} << 20;  // bytes of requests' bodies at once
  std::chrono::seconds grace{10};       // that stop() gives running requests
  AccessConfig access;
};

class HttpServer {
 public:
  // Listens and answers by `router`, which must outlive it, on threads of its own. Counts requests
  // in `counters`. Error when the address cannot be listened on, and for one that others reach
  // without a token of 16 characters at least.
  HttpServer(HttpConfig config, const Router& router, Counters& counters);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;
  std::string address() const;  // "http://127.0.0.1:8080"

  // Takes no more requests and returns when those running have ended; those that have not within
  // the grace are told that their client is gone (HttpRequest::client_gone). Event streams that
  // only watch are to end at once (EventStream::ended).
  void stop();

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace saltus
