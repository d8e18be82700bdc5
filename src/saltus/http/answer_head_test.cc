#include "saltus/http/answer_head.h"

#include <gtest/gtest.h>

#include "saltus/http/access.h"

namespace saltus {
namespace {

bool has(const std::string& head, const std::string& line) {
  return head.find("\r\n" + line + "\r\n") != head.npos;
}

TEST(AnswerHead, SaysWhatFollows) {
  const std::string head = answer_head({.status = 404, .body = "{}"}, true);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_TRUE(has(head, "Content-Type: application/json"));
  EXPECT_TRUE(has(head, "Content-Length: 2"));
  EXPECT_FALSE(has(head, "Connection: close"));
  EXPECT_TRUE(has(answer_head({}, false), "Connection: close"));
}

TEST(AnswerHead, EventsComeInChunksWithoutALength) {
  HttpAnswer answer;
  answer.events = [](EventStream&) {};
  const std::string head = answer_head(answer, true);
  EXPECT_TRUE(has(head, "Content-Type: text/event-stream"));
  EXPECT_TRUE(has(head, "Transfer-Encoding: chunked"));
  EXPECT_EQ(head.find("Content-Length"), head.npos);
}

TEST(AnswerHead, CarriesTheAnswersHeadersAndThoseOfSecurity) {
  const std::string head = answer_head({.headers = {{"Retry-After", "1"}}}, true);
  EXPECT_TRUE(has(head, "Retry-After: 1"));
  for (const auto& [name, value] : security_headers()) EXPECT_TRUE(has(head, name + ": " + value));
}

}  // namespace
}  // namespace saltus
