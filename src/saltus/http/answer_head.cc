#include "saltus/http/answer_head.h"

#include <iterator>

#include "saltus/http/access.h"

namespace saltus {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 303:
      return "See Other";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 411:
      return "Length Required";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    default:
      return "Service Unavailable";
  }
}

// The same for every answer.
const std::string& security_lines() {
  static const std::string lines = [] {
    std::string text;
    for (const auto& [name, value] : security_headers()) {
      text += fmt::format("{}: {}\r\n", name, value);
    }
    return text;
  }();
  return lines;
}

}  // namespace

std::string answer_head(const HttpAnswer& answer, bool keep) {
  std::string head;
  head.reserve(1024);
  const auto add = std::back_inserter(head);
  fmt::format_to(add, "HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
  if (answer.events) {
    head += "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n";
  } else {
    fmt::format_to(add, "Content-Type: {}\r\nContent-Length: {}\r\n", answer.type,
                   answer.body.size());
  }
  if (!keep) head += "Connection: close\r\n";
  for (const auto& [name, value] : answer.headers) fmt::format_to(add, "{}: {}\r\n", name, value);
  head += security_lines();
  head += "\r\n";
  return head;
}

}  // namespace saltus
