// The request line and headers of an HTTP request, read strictly: they decide what is let in, so
// what is ambiguous is refused.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "saltus/http/message.h"

namespace saltus {

inline constexpr size_t kLongestHead = 16 << 10;   // bytes
inline constexpr size_t kLongestTarget = 2 << 10;  // bytes of path and query

struct RequestHead {
  std::string method;
  std::string path;                            // decoded, begins with '/'
  std::map<std::string, std::string> query;    // decoded
  std::map<std::string, std::string> headers;  // names in lower case, each once
  int64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;

  std::string_view header(const std::string& name) const;  // "" when absent
};

// `text` ends with the empty line. HttpFault for what is malformed, ambiguous (a header of weight
// given twice, a query's key given twice) or sent without a Content-Length.
RequestHead parse_request_head(std::string_view text);

// "%C3%A4" and, in a query, "+" decoded; HttpFault for an incomplete sequence or a control
// character.
std::string decode_url(std::string_view text, bool query);

}  // namespace saltus
