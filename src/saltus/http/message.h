// Requests and answers as handlers see them, and the faults that become answers.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saltus/base/error.h"
#include "saltus/base/options.h"

namespace saltus {

struct HttpRequest {
  std::string method;                          // GET or POST; HEAD comes as GET
  std::string path;                            // decoded
  std::map<std::string, std::string> query;    // decoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::map<std::string, std::string> route;    // values of the {names} in the route's pattern
  std::string_view body;                       // until the answer has been written
  // Whether nobody waits for the answer any more; to be asked now and then by what takes long.
  std::function<bool()> client_gone;

  std::string_view header(const std::string& name) const;  // "" when absent
  bool wants_events() const;                               // accepts text/event-stream
};

class EventStream;  // event_stream.h

struct HttpAnswer {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // Instead of a body: writes server-sent events until it returns.
  std::function<void(EventStream&)> events;
};

using HttpHandler = std::function<HttpAnswer(const HttpRequest&)>;

// What a client did wrong, or what keeps the server from answering now.
class HttpFault : public Error {
 public:
  HttpFault(int status, std::string code, const std::string& message)
      : Error(message), status_(status), code_(std::move(code)) {}

  int status() const { return status_; }
  const std::string& code() const { return code_; }
  std::vector<std::pair<std::string, std::string>> headers;

 private:
  int status_;
  std::string code_;
};

template <typename... Args>
[[noreturn]] void http_fail(int status, std::string code, fmt::format_string<Args...> format,
                            Args&&... args) {
  throw HttpFault(status, std::move(code), fmt::format(format, std::forward<Args>(args)...));
}

// As text; what is not UTF-8 is replaced.
std::string json_text(const Json& json);
HttpAnswer json_answer(const Json& json);
// {"error": {"code", "message"}}.
Json fault_json(std::string_view code, std::string_view message);
HttpAnswer fault_answer(const HttpFault& fault);

}  // namespace saltus
