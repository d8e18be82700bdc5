#include "saltus/http/request_head.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace saltus {
namespace {

template <typename... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) {
  throw HttpFault(400, "bad_request",
                  "request: " + fmt::format(format, std::forward<Args>(args)...));
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kMarks.find(c) != kMarks.npos;
  });
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// The text up to `mark`, which is removed with it; all of it where there is none.
std::string_view take(std::string_view& rest, std::string_view mark) {
  const size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + mark.size(), rest.size()));
  return part;
}

void read_target(std::string_view target, RequestHead& head) {
  if (target.size() > kLongestTarget) {
    http_fail(414, "uri_too_long", "request: expected a path and query of at most {} bytes",
              kLongestTarget);
  }
  if (!target.starts_with('/')) refuse("expected a path that begins with '/'");
  std::string_view rest = target;
  head.path = decode_url(take(rest, "?"), false);
  while (!rest.empty()) {
    std::string_view value = take(rest, "&");
    const std::string key = decode_url(take(value, "="), true);
    if (!head.query.emplace(key, decode_url(value, true)).second) {
      refuse("query: {} is given twice", key);
    }
  }
}

void read_header(std::string_view line, RequestHead& head) {
  std::string_view value = line;
  const std::string_view name = take(value, ":");
  if (!is_token(name) || name.size() == line.size()) refuse("expected headers as 'Name: value'");
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  if (std::ranges::any_of(value, [](char c) { return is_control(c) && c != '\t'; })) {
    refuse("header {}: found a control character", name);
  }
  // Those that decide something: with two of them, readers could differ about which holds.
  static const std::set<std::string> kOnce = {"host",           "content-length", "content-type",
                                              "authorization",  "cookie",         "origin",
                                              "sec-fetch-site", "connection"};
  const std::string key = lower(name);
  if (!head.headers.emplace(key, value).second && kOnce.contains(key)) {
    refuse("header {} is given twice", name);
  }
}

// What of the headers says how the body and the connection go on.
void read_framing(bool old_version, RequestHead& head) {
  if (!head.header("transfer-encoding").empty()) {
    http_fail(411, "length_required",
              "request: expected a body with Content-Length, found Transfer-Encoding");
  }
  const std::string_view length = head.header("content-length");
  if (!length.empty()) {
    const auto [end, code] =
        std::from_chars(length.data(), length.data() + length.size(), head.content_length);
    if (code != std::errc() || end != length.data() + length.size() || head.content_length < 0 ||
        length.front() == '-') {
      refuse("header Content-Length: expected a number of bytes");
    }
  } else if (head.method == "POST") {
    http_fail(411, "length_required", "request: expected a Content-Length, found none");
  }
  if (!head.header("content-encoding").empty()) {
    http_fail(415, "unsupported_media_type",
              "request: expected a body as it is, found a Content-Encoding");
  }
  const std::string connection = lower(head.header("connection"));
  head.keep_alive = connection == "keep-alive" || (!old_version && connection != "close");
  head.expects_continue = lower(head.header("expect")) == "100-continue";
}

}  // namespace

std::string_view RequestHead::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : found->second;
}

std::string decode_url(std::string_view text, bool query) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      unsigned value = 0;
      const char* digits = text.data() + i + 1;
      const char* end = digits + 2;
      if (i + 2 >= text.size() || std::from_chars(digits, end, value, 16).ptr != end) {
        refuse("expected %XX in a path or query, found an incomplete one");
      }
      c = static_cast<char>(value);
      i += 2;
    } else if (c == '+' && query) {
      c = ' ';
    }
    if (is_control(c)) refuse("found a control character in a path or query");
    out.push_back(c);
  }
  return out;
}

RequestHead parse_request_head(std::string_view text) {
  RequestHead head;
  std::string_view rest = text;
  std::string_view line = take(rest, "\r\n");
  head.method = take(line, " ");
  const std::string_view target = take(line, " ");
  if (!is_token(head.method) || (line != "HTTP/1.1" && line != "HTTP/1.0") ||
      std::ranges::any_of(target, is_control)) {
    refuse("expected a request line 'METHOD /path HTTP/1.1'");
  }
  read_target(target, head);
  while (!rest.empty()) {
    const std::string_view header = take(rest, "\r\n");
    if (header.empty()) break;
    read_header(header, head);
  }
  read_framing(line == "HTTP/1.0", head);
  return head;
}

}  // namespace saltus
