// Which handler answers which method and path, and what it lets in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saltus/http/message.h"

namespace saltus {

struct Route {
  std::string method;   // GET or POST
  std::string pattern;  // "/v1/zoos/{zoo}/runs"; {name} stands for one part
  HttpHandler handler;
  std::string content_type;        // of a POST's body
  int64_t longest_body = 0;        // bytes
  bool open = false;               // answers without a token
  std::vector<std::string> query;  // the keys it knows; others are refused
};

class Router {
 public:
  void add(Route route);
  // The route for a request, with the values of its pattern's names. HttpFault 404, or 405 with the
  // methods that there are.
  const Route& find(const std::string& method, const std::string& path,
                    std::map<std::string, std::string>& values) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace saltus
