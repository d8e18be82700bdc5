#include "terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace saltus {
namespace {

constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::chrono::seconds kLogLine{5};
constexpr int kBarWidth = 24;

int terminal_width() {
  winsize size = {};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<int64_t>(std::ceil(std::max(0.0, seconds)));
  const int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string progress_text(const Progress& progress, const Pace& pace, int bar_width) {
  const double total = static_cast<double>(std::max<int64_t>(progress.total, 1));
  const double share = std::clamp(static_cast<double>(progress.done) / total, 0.0, 1.0);
  std::string text = progress.stage;
  if (bar_width > 0) {
    const int full = static_cast<int>(share * bar_width);
    text += fmt::format(" [{:#>{}}{:.>{}}]", "", full, "", bar_width - full);
  }
  text += fmt::format(" {:3.0f} % {}/{} {}", std::floor(100 * share), progress.done, progress.total,
                      progress.unit);
  const std::string own_rate = progress.unit + "/s";
  const bool reported = std::ranges::any_of(
      progress.figures, [&](const auto& figure) { return figure.first == own_rate; });
  if (pace.rate >= 0 && !reported) text += fmt::format(", {:.3g} {}/s", pace.rate, progress.unit);
  if (pace.took >= 0) {
    text += fmt::format(", took {}", duration_text(pace.took));
  } else if (pace.eta >= 0) {
    text += fmt::format(", ETA {}", duration_text(pace.eta));
  }
  for (const auto& [name, value] : progress.figures) {
    text += fmt::format(", {} {:.4g}", name, value);
  }
  return text;
}

ProgressDisplay::ProgressDisplay() : terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressDisplay::~ProgressDisplay() { end_line(); }

void ProgressDisplay::end_line() {
  if (line_open_) std::fputc('\n', stderr);
  line_open_ = false;
}

void ProgressDisplay::show(const Progress& progress) {
  const Clock::time_point now = Clock::now();
  const bool new_stage = progress.stage != stage_;
  if (new_stage) {
    end_line();
    stage_ = progress.stage;
    first_done_ = progress.done;
    began_ = now;
  } else {
    const Clock::duration pause = terminal_ ? Clock::duration(kRedraw) : Clock::duration(kLogLine);
    if (now - shown_ < pause && progress.done < progress.total) return;
  }
  shown_ = now;

  Pace pace;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  const int64_t done_here = progress.done - first_done_;
  if (done_here > 0 && seconds > 0) {
    pace.rate = static_cast<double>(done_here) / seconds;
    pace.eta = static_cast<double>(progress.total - progress.done) / pace.rate;
    if (progress.done >= progress.total) pace.took = seconds;
  }
  std::string text = progress_text(progress, pace, terminal_ ? kBarWidth : 0);
  if (!terminal_) {
    fmt::print(stderr, "{}\n", text);
    return;
  }
  // A line that wraps could not be redrawn.
  text.resize(std::min(text.size(), static_cast<size_t>(terminal_width() - 1)));
  fmt::print(stderr, "\r\033[2K{}", text);
  std::fflush(stderr);
  line_open_ = true;
}

void warn(const std::string& message) { fmt::print(stderr, "saltus: warning: {}\n", message); }

}  // namespace saltus
