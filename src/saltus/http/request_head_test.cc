#include "saltus/http/request_head.h"

#include <gtest/gtest.h>

namespace saltus {
namespace {

RequestHead head_of(const std::string& line, const std::string& headers = "Host: localhost\r\n") {
  return parse_request_head(line + "\r\n" + headers + "\r\n");
}

int refusal_of(const std::string& line, const std::string& headers = "Host: localhost\r\n") {
  try {
    head_of(line, headers);
  } catch (const HttpFault& fault) {
    return fault.status();
  }
  return 0;
}

TEST(RequestHead, ReadsLineQueryAndHeaders) {
  const RequestHead head = head_of("POST /v1/a%20b?first=3&name=x+y%26 HTTP/1.1",
                                   "HOST: localhost:80\r\nContent-Length: 12\r\nX-Odd:  a b \r\n");
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/v1/a b");
  EXPECT_EQ(head.query.at("first"), "3");
  EXPECT_EQ(head.query.at("name"), "x y&");
  EXPECT_EQ(head.header("host"), "localhost:80");
  EXPECT_EQ(head.header("x-odd"), "a b");
  EXPECT_EQ(head.content_length, 12);
  EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHead, KnowsWhenAConnectionEnds) {
  EXPECT_FALSE(head_of("GET / HTTP/1.0").keep_alive);
  EXPECT_TRUE(head_of("GET / HTTP/1.0", "Connection: keep-alive\r\n").keep_alive);
  EXPECT_FALSE(head_of("GET / HTTP/1.1", "Connection: Close\r\n").keep_alive);
}

TEST(RequestHead, RefusesWhatIsMalformed) {
  for (const char* line :
       {"GET /", "GET  / HTTP/1.1", "GET / HTTP/2", "GET / HTTP/1.1 x", "G(T / HTTP/1.1",
        "GET http://a/ HTTP/1.1", "GET a HTTP/1.1", "GET /%4 HTTP/1.1", "GET /%zz HTTP/1.1",
        "GET /%00 HTTP/1.1", "GET /%0a HTTP/1.1", "GET /?a=1&a=2 HTTP/1.1", "", " ",
        "\x01 / HTTP/1.1"}) {
    EXPECT_EQ(refusal_of(line), 400) << line;
  }
  for (const char* headers : {"Host\r\n", ": x\r\n", "Ho st: x\r\n", "Host: a\r\n b\r\n",
                              "Host: a\r\nHost: b\r\n", "X: a\x01\r\n", "X: a\nb\r\n"}) {
    EXPECT_EQ(refusal_of("GET / HTTP/1.1", headers), 400) << headers;
  }
  EXPECT_EQ(refusal_of("GET /" + std::string(3000, 'a') + " HTTP/1.1"), 414);
}

// The ways in which two readers of one request could see two different ones.
TEST(RequestHead, RefusesAmbiguousFraming) {
  const char* post = "POST / HTTP/1.1";
  EXPECT_EQ(refusal_of(post), 411);
  EXPECT_EQ(refusal_of(post, "Transfer-Encoding: chunked\r\n"), 411);
  EXPECT_EQ(refusal_of(post, "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 411);
  for (const char* length : {"-1", "+1", "1,1", "0x10", "1 1", "99999999999999999999", "1e3"}) {
    EXPECT_EQ(refusal_of(post, fmt::format("Content-Length: {}\r\n", length)), 400) << length;
  }
  EXPECT_EQ(refusal_of(post, "Content-Length: 1\r\nContent-Length: 1\r\n"), 400);
  EXPECT_EQ(refusal_of(post, "Content-Length: 1\r\nContent-Encoding: gzip\r\n"), 415);
}

}  // namespace
}  // namespace saltus
