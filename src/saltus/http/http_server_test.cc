#include "saltus/http/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "saltus/http/event_stream.h"
#include "saltus/http/raw_client_test.h"

namespace saltus {
namespace {

using testing::RawClient;
using testing::status_of;
using Milliseconds = std::chrono::milliseconds;

constexpr size_t kLarge = 5'000'000;  // more than a connection keeps back, and a socket takes

const std::string kHello = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    router_.add({.method = "GET", .pattern = "/hello", .handler = [](const HttpRequest&) {
                   return json_answer({{"hello", "there"}});
                 }});
    router_.add({.method = "POST",
                 .pattern = "/echo",
                 .handler =
                     [](const HttpRequest& request) {
                       return HttpAnswer{.body = std::string(request.body)};
                     },
                 .content_type = "application/json",
                 .longest_body = 1000});
    router_.add({.method = "GET", .pattern = "/large", .handler = [](const HttpRequest&) {
                   return HttpAnswer{.body = std::string(kLarge, 'x')};
                 }});
    router_.add(
        {.method = "GET", .pattern = "/fault", .handler = [](const HttpRequest&) -> HttpAnswer {
           fail("asked for what cannot be");
         }});
    router_.add(
        {.method = "GET", .pattern = "/slow", .handler = [this](const HttpRequest& request) {
           ++slow_;
           for (int i = 0; i < 500 && !request.client_gone() && !release_; ++i) {
             std::this_thread::sleep_for(Milliseconds(10));
           }
           gone_ = request.client_gone();
           return json_answer({{"gone", gone_.load()}});
         }});
    router_.add({.method = "GET", .pattern = "/events", .handler = [](const HttpRequest&) {
                   return HttpAnswer{.events = [](EventStream& stream) {
                     for (int i = 0; i < 100 && !stream.ended(); ++i) {
                       stream.send("tick", {{"i", i}}, fmt::format("{}", i));
                       std::this_thread::sleep_for(Milliseconds(50));
                     }
                   }};
                 }});
    router_.add({.method = "GET", .pattern = "/two-events", .handler = [](const HttpRequest&) {
                   return HttpAnswer{.events = [](EventStream& stream) {
                     stream.send("first", {});
                     stream.send("second", {});
                   }};
                 }});
    start({});
  }

  void start(HttpConfig config) {
    server_.reset();
    server_ = std::make_unique<HttpServer>(std::move(config), router_, counters_);
  }

  std::string ask(const std::string& text) { return RawClient(server_->port()).ask(text, 1500); }
  std::string get(const std::string& target, const std::string& headers = "") {
    return ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers +
               "\r\n");
  }

  Router router_;
  Counters counters_;
  std::atomic<int> slow_{0};
  std::atomic<bool> release_{false}, gone_{false};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersWithItsSecurityHeaders) {
  const std::string answer = get("/hello");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("{\"hello\":\"there\"}"), std::string::npos);
  for (const auto& [name, value] : security_headers()) {
    EXPECT_NE(answer.find(fmt::format("{}: {}\r\n", name, value)), std::string::npos) << name;
  }
  EXPECT_EQ(answer.find("Access-Control"), std::string::npos);
}

TEST_F(HttpServerTest, KeepsAConnection) {
  RawClient client(server_->port());
  for (int i = 0; i < 10; ++i) {
    const std::string body = fmt::format("[{}]", i);
    EXPECT_NE(client
                  .ask(fmt::format("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                                   "application/json\r\nContent-Length: {}\r\n\r\n{}",
                                   body.size(), body),
                       30)
                  .find("\r\n\r\n" + body),
              std::string::npos);
  }
  EXPECT_FALSE(client.was_closed());
}

TEST_F(HttpServerTest, SendsASmallAnswerInOnePieceAndALargeOneWhole) {
  RawClient client(server_->port());
  client.send_text(kHello);
  EXPECT_NE(client.receive_some().find("{\"hello\":\"there\"}"), std::string::npos);
  const std::string answer = get("/large");
  const size_t body = answer.find("\r\n\r\n") + 4;
  EXPECT_EQ(answer.size() - body, kLarge);
  EXPECT_EQ(answer.find_first_not_of('x', body), std::string::npos);
}

TEST_F(HttpServerTest, AnswersRequestsThatComeInPieces) {
  RawClient client(server_->port());
  for (const char* piece :
       {"POST /ec", "ho HTTP/1.1\r\nHost: loc", "alhost\r\nContent-Type: application/",
        "json\r\nContent-Length: 5\r", "\n\r\n[1", ",2]"}) {
    client.send_text(piece);
    std::this_thread::sleep_for(Milliseconds(20));
  }
  EXPECT_NE(client.receive(300).find("[1,2]"), std::string::npos);
}

TEST_F(HttpServerTest, RefusesWhatDoesNotBelong) {
  const auto post = [&](const std::string& headers, const std::string& body) {
    return status_of(
        ask(fmt::format("POST /echo HTTP/1.1\r\nHost: localhost\r\n{}\r\n{}", headers, body)));
  };
  const std::string json = "Content-Type: application/json\r\n";
  EXPECT_EQ(post(json + "Content-Length: 2\r\nConnection: close\r\n", "{}"), 200);
  EXPECT_EQ(post(json + "Content-Length: 1001\r\n", std::string(1001, ' ')), 413);
  EXPECT_EQ(post(json + "Content-Length: 999999999999\r\n", "x"), 413);
  EXPECT_EQ(post("Content-Type: text/plain\r\nContent-Length: 2\r\n", "{}"), 415);
  EXPECT_EQ(post("Content-Length: 2\r\n", "{}"), 415);
  EXPECT_EQ(post(json + "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), 411);
  EXPECT_EQ(status_of(get("/nothing")), 404);
  EXPECT_EQ(status_of(get("/hello?what=1")), 400);
  EXPECT_EQ(status_of(get("/hello", "X: " + std::string(20000, 'x') + "\r\n")), 431);
  EXPECT_EQ(status_of(ask("DELETE /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")), 405);
  EXPECT_EQ(status_of(ask("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n")), 403);
  EXPECT_EQ(status_of(ask("garbage\r\n\r\n")), 400);
}

TEST_F(HttpServerTest, AFaultOfARequestIsItsOwn) {
  const std::string answer = get("/fault");
  EXPECT_EQ(status_of(answer), 400);
  EXPECT_NE(answer.find(
                "{\"error\":{\"code\":\"bad_request\",\"message\":\"asked for what cannot be\"}}"),
            std::string::npos);
  EXPECT_EQ(status_of(get("/hello")), 200);
}

TEST_F(HttpServerTest, TellsWorkThatItsClientLeft) {
  RawClient client(server_->port());
  client.send_text("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (slow_ == 0) std::this_thread::sleep_for(Milliseconds(5));
  client.leave();
  for (int i = 0; i < 200 && !gone_; ++i) std::this_thread::sleep_for(Milliseconds(10));
  EXPECT_TRUE(gone_);
}

TEST_F(HttpServerTest, StreamsEventsUntilTheClientLeaves) {
  RawClient client(server_->port());
  client.send_text("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::string all;
  for (int i = 0; i < 20 && all.find("\"i\":3") == std::string::npos; ++i)
    all += client.receive(20);
  EXPECT_NE(all.find("text/event-stream"), std::string::npos);
  EXPECT_NE(all.find("event: tick\nid: 2\ndata: {\"i\":2}\n\n"), std::string::npos);
}

TEST_F(HttpServerTest, EndsEventsWithTheirLastChunkAndKeepsTheConnection) {
  RawClient client(server_->port());
  const std::string all = client.ask("GET /two-events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(all.find("\r\n\r\n19\r\nevent: first\ndata: null\n\n\r\n"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("event: second\ndata: null\n\n\r\n0\r\n\r\n")) << all;
  EXPECT_EQ(status_of(client.ask(kHello, 30)), 200);
}

TEST_F(HttpServerTest, AnswersHeadWithoutTheBody) {
  RawClient client(server_->port());
  const std::string head = client.ask("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 50);
  EXPECT_NE(head.find("Content-Length: 17\r\n"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_EQ(status_of(client.ask(kHello, 30)), 200);
}

TEST_F(HttpServerTest, SaysThatABodyMayCome) {
  RawClient client(server_->port());
  const std::string go_on = client.ask(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
      50);
  EXPECT_EQ(go_on, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(client.ask("{}", 50).ends_with("\r\n\r\n{}"));
}

TEST_F(HttpServerTest, AnswersRequestsThatComeTogetherInTurn) {
  RawClient client(server_->port());
  const std::string both = client.ask(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 3\r\n\r\n[1]GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
      100);
  EXPECT_NE(both.find("[1]HTTP/1.1 200 OK\r\n"), std::string::npos) << both;
  EXPECT_TRUE(both.ends_with("{\"hello\":\"there\"}")) << both;
}

TEST_F(HttpServerTest, LetsRunningRequestsEndWhenItStops) {
  RawClient client(server_->port()), idle(server_->port());
  client.send_text("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (slow_ == 0) std::this_thread::sleep_for(Milliseconds(5));
  std::thread releaser([&] {
    std::this_thread::sleep_for(Milliseconds(100));
    release_ = true;
  });
  server_->stop();
  releaser.join();
  EXPECT_EQ(status_of(client.receive(100)), 200);
  EXPECT_FALSE(gone_);
  idle.receive(1000);
  EXPECT_TRUE(idle.was_closed());
  EXPECT_THROW(RawClient(server_->port()), Error);
}

TEST_F(HttpServerTest, GivesRunningRequestsUpAfterTheGrace) {
  start({.grace = std::chrono::seconds(0)});
  RawClient client(server_->port());
  client.send_text("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (slow_ == 0) std::this_thread::sleep_for(Milliseconds(5));
  const auto began = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  EXPECT_TRUE(gone_);
}

TEST_F(HttpServerTest, ServesMoreClientsThanItHasThreads) {
  start({.connections = 4});
  std::vector<std::thread> clients;
  std::atomic<int> answered{0};
  for (int i = 0; i < 24; ++i) {
    clients.emplace_back([&] { answered += status_of(get("/hello")) == 200; });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, 24);
}

TEST_F(HttpServerTest, LetsIdleConnectionsGoWhenOthersWait) {
  start({.connections = 2});
  RawClient first(server_->port()), second(server_->port());
  EXPECT_EQ(status_of(first.ask(kHello, 30)), 200);
  EXPECT_EQ(status_of(second.ask(kHello, 30)), 200);
  EXPECT_EQ(status_of(get("/hello")), 200);
}

TEST_F(HttpServerTest, ListensOnOtherAddressesOnlyWithAToken) {
  EXPECT_THROW(start({.host = "0.0.0.0"}), Error);
  EXPECT_THROW(start({.host = "0.0.0.0", .access = {.token = "short"}}), Error);
  start({.host = "0.0.0.0", .access = {.token = "correct-horse-battery"}});
  EXPECT_EQ(status_of(get("/hello")), 401);
  EXPECT_EQ(status_of(get("/hello", "Authorization: Bearer correct-horse-battery\r\n")), 200);
}

TEST_F(HttpServerTest, SaysWhenAPortIsTaken) {
  HttpConfig config;
  config.port = server_->port();
  try {
    const HttpServer second(config, router_, counters_);
    ADD_FAILURE() << "two servers on one port";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("--port"), std::string::npos);
  }
}

}  // namespace
}  // namespace saltus
