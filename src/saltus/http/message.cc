#include "saltus/http/message.h"

namespace saltus {

std::string_view HttpRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : found->second;
}

bool HttpRequest::wants_events() const {
  return header("accept").find("text/event-stream") != std::string_view::npos;
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

HttpAnswer json_answer(const Json& json) { return {.body = json_text(json)}; }

Json fault_json(std::string_view code, std::string_view message) {
  return {{"error", {{"code", code}, {"message", message}}}};
}

HttpAnswer fault_answer(const HttpFault& fault) {
  return {.status = fault.status(),
          .body = json_text(fault_json(fault.code(), fault.what())),
          .headers = fault.headers};
}

}  // namespace saltus
