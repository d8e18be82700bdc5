#include "saltus/http/http_server.h"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "saltus/http/answer_head.h"
#include "saltus/http/connection.h"
#include "saltus/http/connection_threads.h"
#include "saltus/http/event_stream.h"

namespace saltus {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr int kBacklog = 512;           // connections that wait to be accepted
constexpr size_t kLeastToken = 16;      // characters
constexpr size_t kOnePiece = 64 << 10;  // bytes of a body that leaves together with its head
constexpr auto kLook = std::chrono::milliseconds(10);

void check_media_type(const RequestHead& head, const Route& route) {
  if (route.content_type.empty()) return;
  std::string_view type = head.header("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (type != route.content_type) {
    http_fail(415, "unsupported_media_type", "{}: expected Content-Type {}, found '{}'",
              route.pattern, route.content_type, type);
  }
}

void check_query(const RequestHead& head, const Route& route) {
  for (const auto& [key, value] : head.query) {
    if (std::ranges::count(route.query, key) > 0) continue;
    http_fail(
        400, "bad_request", "{}: expected a query of {}, found '{}'{}", route.pattern,
        route.query.empty() ? "no keys" : fmt::format("{}", fmt::join(route.query, ", ")), key,
        route.query.empty() ? ""
                            : fmt::format("; did you mean {}?", nearest_name(key, route.query)));
  }
}

}  // namespace

// httplib listens and accepts; what is said on a connection is ours.
class HttpServer::Listener : public httplib::Server {
 public:
  Listener(HttpConfig config, const Router& router, Counters& counters)
      : config_(std::move(config)), access_(config_.access), router_(router), counters_(counters) {
    new_task_queue = [this] {  // httplib owns it, and has it as long as it listens
      threads_ = new ConnectionThreads(static_cast<size_t>(config_.connections));
      return threads_;
    };
    // Not httplib's own choice, SO_REUSEPORT, with which two servers would share a port unnoticed.
    set_socket_options([](socket_t socket) {
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    port_ = config_.port;
    if (port_ == 0) {
      port_ = bind_to_any_port(config_.host);
    } else if (!bind_to_port(config_.host, port_)) {
      port_ = -1;
    }
    if (port_ < 0) {
      fail("serve: cannot listen on {} port {}: {}; choose another with --port, or --port 0",
           config_.host, config_.port, std::strerror(errno));
    }
    ::listen(svr_sock_, kBacklog);  // httplib asks for 5
    thread_ = std::thread([this] {
      listen_after_bind();
      ended_ = true;
    });
  }

  ~Listener() override { stop_all(); }

  void stop_all() {
    if (!thread_.joinable()) return;
    closing_ = true;
    // It may not have come to accept yet; stop() would then do nothing.
    while (!is_running() && !ended_) std::this_thread::sleep_for(kLook);
    stop();
    const auto deadline = std::chrono::steady_clock::now() + config_.grace;
    while (busy_ > 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(kLook);
    }
    abandoning_ = true;
    thread_.join();
  }

  int port() const { return port_; }
  const std::string& host() const { return config_.host; }

 private:
  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket, limits_, [this] { return closing_ || threads_->crowded(); });
    try {
      while (connection.await_request() && !closing_ && serve_request(connection)) {
      }
    } catch (const std::exception&) {
      // No memory, for instance: the client sees its connection close.
      counters_.add("saltus_connections_failed_total", "");
    }
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return true;
  }

  bool serve_request(Connection& connection);
  HttpAnswer call(const HttpRequest& request, const Route& route) const;
  // False when the client went.
  bool send(Connection& connection, const HttpAnswer& answer, const RequestHead& head) const;
  bool send_events(Connection& connection, const HttpAnswer& answer) const;
  bool given_up(const Connection& connection) const {
    return abandoning_ || connection.client_gone();
  }
  void refuse(Connection& connection, const HttpAnswer& answer, const std::string& route);
  void count(const std::string& route, int status, double seconds) {
    const std::string label = fmt::format("route=\"{}\"", route);
    counters_.add("saltus_requests_total", fmt::format("{},status=\"{}\"", label, status));
    counters_.observe("saltus_request_seconds", label, seconds);
  }

  const HttpConfig config_;
  const ConnectionLimits limits_;
  const Access access_;
  const Router& router_;
  Counters& counters_;
  int port_ = 0;
  ConnectionThreads* threads_ = nullptr;
  std::atomic<bool> closing_{false}, abandoning_{false}, ended_{false};
  std::atomic<int64_t> busy_{0};    // requests being answered
  std::atomic<int64_t> bodies_{0};  // bytes of their bodies
  std::thread thread_;
};

// For requests whose body has not been read: the connection cannot go on.
void HttpServer::Listener::refuse(Connection& connection, const HttpAnswer& answer,
                                  const std::string& route) {
  count(route, answer.status, 0);
  connection.write(answer_head(answer, false) + answer.body);
  connection.linger();
}

bool HttpServer::Listener::serve_request(Connection& connection) {
  struct Held {  // what a request takes of the server, until it is answered
    std::atomic<int64_t>& counter;
    int64_t amount;
    Held(std::atomic<int64_t>& c, int64_t n) : counter(c), amount(n) { counter += n; }
    ~Held() { counter -= amount; }
  };
  const Held busy(busy_, 1);
  const auto began = std::chrono::steady_clock::now();
  RequestHead head;
  std::map<std::string, std::string> values;
  const Route* route = nullptr;
  const auto name = [&] { return route == nullptr ? std::string("none") : route->pattern; };
  try {
    const std::optional<std::string> text = connection.read_head();
    if (!text) return false;
    head = parse_request_head(*text);
    if (access_.brings_token(head)) {
      refuse(connection, access_.welcome(), "/");
      return false;
    }
    // Nobody without the token learns what there is.
    const bool open = head.path == "/healthz";
    access_.check(head, open);
    route = &router_.find(head.method, head.path, values);
    check_query(head, *route);
    check_media_type(head, *route);
    if (head.content_length > route->longest_body) {
      http_fail(413, "too_large", "{}: expected a body of at most {} bytes, found {}",
                route->pattern, route->longest_body, head.content_length);
    }
    if (bodies_ + head.content_length > config_.bodies) {
      http_fail(503, "busy", "{}: too many uploads at once; try again", route->pattern);
    }
  } catch (const HttpFault& fault) {
    refuse(connection, fault_answer(fault), name());
    return false;
  }
  const Held held(bodies_, head.content_length);
  if (head.expects_continue && !connection.write("HTTP/1.1 100 Continue\r\n\r\n")) return false;
  const std::optional<std::string> body = connection.read_body(head.content_length);
  if (!body) return false;
  const HttpRequest request{.method = head.method == "HEAD" ? "GET" : head.method,
                            .path = std::move(head.path),
                            .query = std::move(head.query),
                            .headers = std::move(head.headers),
                            .route = std::move(values),
                            .body = *body,
                            .client_gone = [&] { return given_up(connection); }};
  const HttpAnswer answer = call(request, *route);
  const bool sent = send(connection, answer, head);
  const Seconds seconds = std::chrono::steady_clock::now() - began;
  count(name(), answer.status, seconds.count());
  return sent && head.keep_alive;
}

bool HttpServer::Listener::send(Connection& connection, const HttpAnswer& answer,
                                const RequestHead& head) const {
  std::string text = answer_head(answer, head.keep_alive);
  if (head.method == "HEAD") return connection.write(text);
  if (answer.events) return connection.write(text) && send_events(connection, answer);
  // A small answer leaves in one piece; a large one is not copied.
  if (answer.body.size() > kOnePiece)
    return connection.write(text) && connection.write(answer.body);
  return connection.write(text += answer.body);
}

bool HttpServer::Listener::send_events(Connection& connection, const HttpAnswer& answer) const {
  const auto gone = [&] { return given_up(connection); };
  EventStream stream(
      [&](std::string_view bytes) {
        return !gone() && connection.write(fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes));
      },
      [&] { return closing_ || gone(); });
  answer.events(stream);
  return !stream.client_gone() && connection.write("0\r\n\r\n");
}

HttpAnswer HttpServer::Listener::call(const HttpRequest& request, const Route& route) const {
  try {
    return route.handler(request);
  } catch (const HttpFault& fault) {
    return fault_answer(fault);
  } catch (const Error& error) {  // what requests ask for that cannot be
    return fault_answer(HttpFault(400, "bad_request", error.what()));
  } catch (const std::bad_alloc&) {
    return fault_answer(HttpFault(503, "busy", "not enough memory for this request; try again"));
  } catch (const std::exception& error) {
    return fault_answer(HttpFault(500, "internal", error.what()));
  }
}

HttpServer::HttpServer(HttpConfig config, const Router& router, Counters& counters) {
  const std::string& token = config.access.token;
  if (!token.empty() && token.size() < kLeastToken) {
    fail("serve: expected a token of {} characters or more, found {}", kLeastToken, token.size());
  }
  if (token.empty() && !is_loopback(config.host)) {
    fail("serve: {} is reached from other machines: expected a token, found none; add --token",
         config.host);
  }
  counters.describe("saltus_requests_total", "requests answered, by route and status");
  counters.describe("saltus_request_seconds", "from a request's head to the end of its answer");
  listener_ = std::make_unique<Listener>(std::move(config), router, counters);
}

HttpServer::~HttpServer() = default;

int HttpServer::port() const { return listener_->port(); }

std::string HttpServer::address() const {
  const std::string& host = listener_->host();
  return fmt::format("http://{}:{}", host.find(':') == host.npos ? host : "[" + host + "]", port());
}

void HttpServer::stop() { listener_->stop_all(); }

}  // namespace saltus
