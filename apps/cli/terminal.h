// What the user sees of a running job: one line that redraws itself, or a line now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "saltus/base/job.h"

namespace saltus {

// How fast a stage goes, in this process; < 0: not known (yet).
struct Pace {
  double rate = -1;  // units a second
  double eta = -1;   // seconds
  double took = -1;  // seconds, of a stage that is done
};

// "zoo [######....]  60 % 600/1000 runs, 12.3 runs/s, ETA 0:32, return 471.2"; with bar_width 0
// without the bar.
std::string progress_text(const Progress& progress, const Pace& pace, int bar_width);

// "0:07", "12:30", "1:02:03".
std::string duration_text(double seconds);

// Shows progress on stderr: on a terminal redrawn at most five times a second, otherwise a line
// every five seconds; always the last state of a stage.
class ProgressDisplay {
 public:
  ProgressDisplay();
  ~ProgressDisplay();  // ends an open line
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void show(const Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  void end_line();

  bool terminal_;
  bool line_open_ = false;
  std::string stage_;
  int64_t first_done_ = 0;  // units done when the stage began in this process
  Clock::time_point began_, shown_;
};

// "saltus: warning: ..." on stderr.
void warn(const std::string& message);

}  // namespace saltus
