// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as an answer
// being written.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "saltus/base/options.h"

namespace saltus {

class EventStream {
 public:
  using Write = std::function<bool(std::string_view bytes)>;  // false: the client is gone

  EventStream(Write write, std::function<bool()> ended)
      : write_(std::move(write)), ended_(std::move(ended)) {}

  // One event; `data` on one line, `id` as Last-Event-ID will bring it back ("": none). Once the
  // client is gone, nothing more is written.
  void send(std::string_view event, const Json& data, std::string_view id = {});
  void send_text(std::string_view event, std::string_view line, std::string_view id = {});
  // What clients ignore: it keeps the connection from looking dead.
  void comment();

  // Whether nobody listens any more, or the server wants to end.
  bool ended() const { return gone_ || ended_(); }
  bool client_gone() const { return gone_; }

 private:
  void put(const std::string& bytes) { gone_ = gone_ || !write_(bytes); }

  Write write_;
  std::function<bool()> ended_;
  bool gone_ = false;
};

}  // namespace saltus
