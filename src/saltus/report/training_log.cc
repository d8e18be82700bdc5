#include "saltus/report/training_log.h"

#include "saltus/base/file.h"
#include "saltus/base/json.h"

namespace saltus {

Json read_training_log(const fs::path& folder) {
  const fs::path path = folder / "metrics.jsonl";
  const std::string text = read_file(path);
  Json log = Json::array();
  size_t begin = 0;
  for (int64_t number = 1;; ++number) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) return log;
    const std::string where = fmt::format("{}:{}", path.string(), number);
    Json line = parse_json(std::string_view(text).substr(begin, end - begin), where);
    if (!line.is_object()) fail("{}: expected a JSON object, found {}", where, json_excerpt(line));
    log.push_back(std::move(line));
    begin = end + 1;
  }
}

}  // namespace saltus
