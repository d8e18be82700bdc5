// The JSON of a request, read strictly: every key, type and range is checked, and every fault is
// one of the client's, with the place in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saltus/http/message.h"

namespace saltus {

// The body as JSON. HttpFault for what is none, too deep, or has too many keys to be a request.
Json parse_request(const HttpRequest& request);

// The members of one object. Every key it may have is asked for once; end() then refuses others.
class ObjectReader {
 public:
  // `where` is the place for messages: "updates", "updates: starts[2]".
  ObjectReader(const Json& object, std::string where);

  struct Range {
    double low = 0, high = 0;  // inclusive
  };
  // Absent keys have the fallback; without one they are faults.
  int64_t integer(const std::string& key, Range range, std::optional<int64_t> fallback = {});
  double number(const std::string& key, Range range, std::optional<double> fallback = {});
  bool boolean(const std::string& key, bool fallback);
  std::string text(const std::string& key, std::optional<std::string> fallback = {});
  std::string choice(const std::string& key, const std::vector<std::string>& choices,
                     const std::string& fallback);
  // The member as it is; null when absent.
  const Json* find(const std::string& key);
  const Json& at(const std::string& key);
  // A list of low to high elements.
  const Json& list(const std::string& key, size_t low, size_t high);

  // A fault with the nearest name for a key that was not asked for.
  void end() const;

  const std::string& where() const { return where_; }
  std::string place(const std::string& key) const { return where_ + ": " + key; }

 private:
  const Json& object_;
  std::string where_;
  std::vector<std::string> known_;
};

// A query's integer.
int64_t query_integer(const HttpRequest& request, const std::string& key, ObjectReader::Range range,
                      int64_t fallback);
std::string query_text(const HttpRequest& request, const std::string& key);  // a fault when absent

// A number of a list within a request; a fault that names `where`.
double checked_number(const Json& value, ObjectReader::Range range, const std::string& where);
int64_t checked_integer(const Json& value, ObjectReader::Range range, const std::string& where);

template <typename... Args>
[[noreturn]] void bad_request(fmt::format_string<Args...> format, Args&&... args) {
  throw HttpFault(400, "bad_request", fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace saltus
