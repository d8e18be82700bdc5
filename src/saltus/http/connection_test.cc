#include "saltus/http/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace saltus {
namespace {

using Milliseconds = std::chrono::milliseconds;

// A client that sends `text`, and then a byte now and then until it is done with.
class SlowClient {
 public:
  explicit SlowClient(const std::string& text) {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0);
    thread_ = std::thread([this, text] {
      put(text);
      while (!done_) {
        std::this_thread::sleep_for(Milliseconds(20));
        put("x");
      }
    });
  }
  ~SlowClient() {
    done_ = true;
    thread_.join();
    for (const int end : ends_) close(end);
  }
  int server_end() const { return ends_[0]; }

 private:
  void put(const std::string& text) const {
    EXPECT_EQ(send(ends_[1], text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }

  int ends_[2] = {-1, -1};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

TEST(Connection, GivesUpOnABodyAndAHeadThatDrip) {
  const ConnectionLimits limits{.head = Milliseconds(300), .body = Milliseconds(300)};
  const SlowClient client("GET / HTTP/1.1\r\n\r\nGET");
  Connection connection(client.server_end(), limits, [] { return false; });
  EXPECT_TRUE(connection.await_request());
  EXPECT_EQ(connection.read_head(), "GET / HTTP/1.1\r\n\r\n");
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(connection.read_body(1000), std::nullopt);
  EXPECT_EQ(connection.read_head(), std::nullopt);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
}

TEST(Connection, TakesNoMoreThanTheBody) {
  const ConnectionLimits limits;
  const SlowClient client("{}GET / HTTP/1.1\r\n\r\n");
  Connection connection(client.server_end(), limits, [] { return false; });
  EXPECT_EQ(connection.read_body(0), "");
  EXPECT_EQ(connection.read_body(2), "{}");
  EXPECT_EQ(connection.read_head(), "GET / HTTP/1.1\r\n\r\n");
}

}  // namespace
}  // namespace saltus
