#include "saltus/http/access.h"

#include <arpa/inet.h>

#include <algorithm>
#include <random>

namespace saltus {
namespace {

constexpr const char* kCookie = "saltus_token";

// Without leaving by the clock how much of a guess was right.
bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

std::string random_secret() {
  std::random_device device;
  std::string text;
  for (int i = 0; i < 8; ++i) text += fmt::format("{:08x}", device());
  return text;
}

std::string cookie_of(std::string_view header) {
  const std::string prefix = fmt::format("{}=", kCookie);
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    std::string_view part = header.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (part.starts_with(prefix)) return std::string(part.substr(prefix.size()));
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return {};
}

bool is_address(const std::string& text) {
  in6_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

// "name:8080" and "[::1]:8080" without the port and the brackets.
std::string host_name(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  return std::string(host.substr(0, host.rfind(':')));
}

}  // namespace

Access::Access(AccessConfig config) : config_(std::move(config)), session_(random_secret()) {}

bool Access::is_our_host(std::string_view host) const {
  const std::string name = host_name(host);
  return name == "localhost" || is_address(name) || std::ranges::count(config_.names, name) > 0;
}

bool Access::has_token(const RequestHead& head) const {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view authorization = head.header("authorization");
  return (authorization.starts_with(kBearer) &&
          same_secret(authorization.substr(kBearer.size()), config_.token)) ||
         same_secret(cookie_of(head.header("cookie")), session_);
}

void Access::check(const RequestHead& head, bool open) const {
  const std::string_view host = head.header("host");
  if (!is_our_host(host)) {
    http_fail(403, "forbidden",
              "host '{}': expected localhost or an address; give the name under which this server "
              "is reached with --allow-host",
              host);
  }
  const std::string_view origin = head.header("origin");
  const std::string_view site = head.header("sec-fetch-site");
  const bool foreign =
      (!origin.empty() && origin != fmt::format("http://{}", host) &&
       origin != fmt::format("https://{}", host)) ||
      (head.method == "POST" && !site.empty() && site != "same-origin" && site != "none");
  if (foreign) {
    http_fail(403, "forbidden", "origin '{}': expected this server's own page", origin);
  }
  if (open || config_.token.empty() || has_token(head)) return;
  HttpFault fault(401, "unauthorized",
                  "expected 'Authorization: Bearer TOKEN'; in a browser open /?token=TOKEN");
  fault.headers.emplace_back("WWW-Authenticate", "Bearer");
  throw fault;
}

bool Access::brings_token(const RequestHead& head) const {
  const auto given = head.query.find("token");
  return !config_.token.empty() && head.method == "GET" && head.path == "/" &&
         given != head.query.end() && same_secret(given->second, config_.token);
}

HttpAnswer Access::welcome() const {
  return {.status = 303,
          .type = "text/plain; charset=utf-8",
          .headers = {{"Location", "/"},
                      {"Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict",
                                                 kCookie, session_)}}};
}

const std::vector<std::pair<std::string, std::string>>& security_headers() {
  static const std::vector<std::pair<std::string, std::string>> headers = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
       "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
       "form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cache-Control", "no-store"}};
  return headers;
}

bool is_loopback(const std::string& host) {
  in_addr address;
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  return host == "localhost" || host == "::1";
}

}  // namespace saltus
