// A training's validations as TensorBoard shows them.
#pragma once

#include <filesystem>
#include <string>

#include "saltus/base/options.h"
#include "saltus/formats/event_file.h"

namespace saltus {

class EventLog {
 public:
  // `lines` are those of metrics.jsonl so far, the training's clock at `seconds`: a continued
  // training's curves are whole. Error when the folder cannot be written to.
  EventLog(const std::filesystem::path& folder, const std::string& lines, double seconds);
  // One line of metrics.jsonl: its "step" and "seconds" place the other numbers.
  void add(const Json& line);

 private:
  double begin_;  // of the training, in seconds since 1970, had it run without a break
  EventFile file_;
};

}  // namespace saltus
