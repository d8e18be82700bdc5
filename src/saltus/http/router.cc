#include "saltus/http/router.h"

#include <algorithm>

namespace saltus {
namespace {

// The parts of a path between its slashes.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool matches(const std::string& pattern, const std::string& path,
             std::map<std::string, std::string>& values) {
  const std::vector<std::string_view> wanted = parts_of(pattern), found = parts_of(path);
  if (wanted.size() != found.size()) return false;
  values.clear();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{') && !found[i].empty()) {
      values.emplace(wanted[i].substr(1, wanted[i].size() - 2), found[i]);
    } else if (wanted[i] != found[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Router::add(Route route) { routes_.push_back(std::move(route)); }

const Route& Router::find(const std::string& method, const std::string& path,
                          std::map<std::string, std::string>& values) const {
  std::vector<std::string> allowed;
  for (const Route& route : routes_) {
    if (!matches(route.pattern, path, values)) continue;
    if (route.method == method || (route.method == "GET" && method == "HEAD")) return route;
    allowed.push_back(route.method);
    if (route.method == "GET") allowed.emplace_back("HEAD");
  }
  if (allowed.empty()) {
    http_fail(404, "not_found", "{}: there is nothing here; /v1/openapi.json says what there is",
              path);
  }
  HttpFault fault(405, "method_not_allowed",
                  fmt::format("{}: expected {}, found {}", path, fmt::join(allowed, ", "), method));
  fault.headers.emplace_back("Allow", fmt::format("{}", fmt::join(allowed, ", ")));
  throw fault;
}

}  // namespace saltus
