// Long work for Python: other Python threads go on, Ctrl-C is heard, progress is told.
#pragma once

#include <functional>
#include <string>

#include "bindings.h"
#include "saltus/base/job.h"

namespace saltus {

struct JobArguments {
  int threads = 0;  // 0: as many as LibTorch uses
  std::string device = "cpu";
  // (stage, done, total, unit, figures: list of (name, number)) -> None; None: nobody listens.
  py::object progress = py::none();
};

// Runs work(job) on a thread of its own, without the interpreter's lock, and waits for it. A signal
// whose Python handler raises (Ctrl-C: KeyboardInterrupt) stops the job, which saves what it has;
// then that exception is thrown, and otherwise the work's own.
void run_interruptibly(const JobArguments& arguments, const std::function<void(const Job&)>& work);

// The same for work of milliseconds, without a thread of its own: signals are heard whenever the
// work reports progress, to nobody else.
void run_here(const std::function<void(const Job&)>& work);

}  // namespace saltus
