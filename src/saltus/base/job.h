// What a long job needs from its caller: how many threads, when to stop, whom to tell.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace saltus {

// One report of a long job. The library never prints: whoever runs the job draws this.
struct Progress {
  std::string stage;  // "zoo", "training", ...
  int64_t done = 0;   // units finished, counting those of earlier, resumed calls
  int64_t total = 0;  // units in all
  std::string unit;   // "runs", "steps", ...
  std::vector<std::pair<std::string, double>> figures;  // rates and losses, in display order
};

class Team;  // base/team.h

struct Job {
  int threads = 0;                                // 0: all cores
  std::string device = "cpu";                     // of tensors; see network/device.h
  Team* team = nullptr;                           // whom the work is shared with; null: nobody
  const std::atomic<bool>* stop = nullptr;        // set: finish the unit at hand and return
  std::function<void(const Progress&)> progress;  // may be empty; called from one thread a time

  bool stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }
  void report(const Progress& p) const {
    if (progress) progress(p);
  }
  // As this one, for a part of its work: neither stopped in the middle, nor reported, nor shared.
  Job quiet() const { return {.threads = threads, .device = device}; }
};

int thread_count(const Job& job);  // job.threads, or the number of cores this process may use

// How many large units of work to have in hand at once: thread_count on the CPU; of a GPU at most
// four, which keep it busy while one of them prepares data, and whose memory it must hold.
int units_at_once(const Job& job);

// Calls body(i) for i in [0, n) on `threads` threads, in any order; the first exception is
// rethrown here after all threads have stopped. Runs inline when threads <= 1.
void parallel_for(int64_t n, int threads, const std::function<void(int64_t)>& body);

}  // namespace saltus
