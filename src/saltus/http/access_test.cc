#include "saltus/http/access.h"

#include <gtest/gtest.h>

namespace saltus {
namespace {

constexpr const char* kToken = "correct-horse-battery";

int verdict(const Access& access, const std::string& headers,
            const std::string& line = "GET / HTTP/1.1", bool open = false) {
  try {
    access.check(parse_request_head(line + "\r\n" + headers + "\r\n"), open);
  } catch (const HttpFault& fault) {
    return fault.status();
  }
  return 200;
}

TEST(Access, KnowsItsOwnHosts) {
  const Access access({.names = {"box.example"}});
  for (const char* host : {"localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "10.0.0.7",
                           "box.example:8080"}) {
    EXPECT_EQ(verdict(access, fmt::format("Host: {}\r\n", host)), 200) << host;
  }
  // Names that someone else can make point here.
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "",
                           "[", "evil.example:127.0.0.1"}) {
    EXPECT_EQ(verdict(access, fmt::format("Host: {}\r\n", host)), 403) << host;
  }
  EXPECT_EQ(verdict(access, ""), 403);
}

TEST(Access, RefusesOtherSitesPages) {
  const Access access({});
  const std::string host = "Host: localhost:80\r\n";
  EXPECT_EQ(verdict(access, host + "Origin: http://localhost:80\r\n"), 200);
  EXPECT_EQ(verdict(access, host + "Origin: http://evil.example\r\n"), 403);
  EXPECT_EQ(verdict(access, host + "Origin: http://localhost:81\r\n"), 403);
  EXPECT_EQ(verdict(access, host + "Origin: null\r\n"), 403);
  const std::string post = "POST / HTTP/1.1";
  const std::string empty = "Content-Length: 0\r\n";
  EXPECT_EQ(verdict(access, host + empty + "Sec-Fetch-Site: same-origin\r\n", post), 200);
  EXPECT_EQ(verdict(access, host + empty + "Sec-Fetch-Site: cross-site\r\n", post), 403);
}

TEST(Access, AsksForTheToken) {
  const Access access({.token = kToken});
  const std::string host = "Host: localhost\r\n";
  EXPECT_EQ(verdict(access, host), 401);
  EXPECT_EQ(verdict(access, host, "GET /healthz HTTP/1.1", true), 200);
  EXPECT_EQ(verdict(access, host + "Authorization: Bearer correct-horse-battery\r\n"), 200);
  EXPECT_EQ(verdict(access, host + "Authorization: Bearer correct-horse-batterx\r\n"), 401);
  EXPECT_EQ(verdict(access, host + "Authorization: Bearer \r\n"), 401);
  EXPECT_EQ(verdict(access, host + "Cookie: saltus_token=\r\n"), 401);
  EXPECT_EQ(verdict(access, host + "Cookie: saltus_token=correct-horse-battery\r\n"), 401);
}

TEST(Access, TurnsTheTokenOfTheFirstPageIntoACookie) {
  const Access access({.token = kToken});
  const auto head = [](const std::string& target) {
    return parse_request_head("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  };
  EXPECT_TRUE(access.brings_token(head("/?token=correct-horse-battery")));
  EXPECT_FALSE(access.brings_token(head("/?token=correct")));
  EXPECT_FALSE(access.brings_token(head("/v1/models?token=correct-horse-battery")));
  EXPECT_FALSE(Access({}).brings_token(head("/?token=")));
  const HttpAnswer welcome = access.welcome();
  EXPECT_EQ(welcome.status, 303);
  std::string cookie;
  for (const auto& [name, value] : welcome.headers) {
    if (name == "Set-Cookie") cookie = value;
  }
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  EXPECT_EQ(cookie.find(kToken), std::string::npos);
  const std::string pair = cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(verdict(access, "Host: localhost\r\nCookie: other=1; " + pair + "\r\n"), 200);
}

TEST(Access, TellsLoopbackFromTheRest) {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "localhost", "::1"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "box"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace saltus
