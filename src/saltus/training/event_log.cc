#include "saltus/training/event_log.h"

#include <chrono>
#include <sstream>

namespace saltus {
namespace {

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// "validation_loss" -> "validation/loss".
std::string tag_of(const std::string& key) {
  for (const std::string group : {"train", "validation", "sample"}) {
    if (key.starts_with(group + "_")) return group + "/" + key.substr(group.size() + 1);
  }
  return "training/" + key;
}

}  // namespace

EventLog::EventLog(const std::filesystem::path& folder, const std::string& lines, double seconds)
    : begin_(unix_seconds() - seconds), file_(folder, unix_seconds()) {
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) add(Json::parse(line));
}

void EventLog::add(const Json& line) {
  std::vector<EventScalar> scalars;
  for (const auto& [key, value] : line.items()) {
    if (key == "step" || key == "steps" || key == "seconds" || !value.is_number()) continue;
    scalars.push_back({tag_of(key), value.get<double>()});
  }
  file_.add(begin_ + line.at("seconds").get<double>(), line.at("step").get<int64_t>(), scalars);
}

}  // namespace saltus
