#include "saltus/http/event_stream.h"

#include <algorithm>

#include "saltus/http/message.h"

namespace saltus {

void EventStream::send(std::string_view event, const Json& data, std::string_view id) {
  send_text(event, json_text(data), id);
}

void EventStream::send_text(std::string_view event, std::string_view line, std::string_view id) {
  std::string text = fmt::format("event: {}\n", event);
  if (!id.empty()) text += fmt::format("id: {}\n", id);
  // A line end inside would begin another field.
  std::string data(line);
  std::ranges::replace_if(
      data, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  put(text + "data: " + data + "\n\n");
}

void EventStream::comment() { put(":\n\n"); }

}  // namespace saltus
