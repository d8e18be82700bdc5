// Metrics in CSV and JSON lines; the first line is a path pattern, too, for all that follow.
#include <string_view>

#include "saltus/base/error.h"
#include "saltus/exchange/metric_table.h"
#include "saltus/exchange/path_pattern.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const saltus::fuzz::MemoryFile file(data, size);
  try {
    const saltus::MetricTable table(file.path());
  } catch (const saltus::Error&) {
    // Refused.
  }
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(text.find('\n'), text.size());
  try {
    const saltus::PathPattern pattern{std::string(text.substr(0, line))};
    pattern.match(text.substr(line));
  } catch (const saltus::Error&) {
    // Refused.
  }
  return 0;
}
