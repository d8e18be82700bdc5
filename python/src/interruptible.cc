#include "interruptible.h"

#include <ATen/Parallel.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>

#include "saltus/network/device.h"

namespace saltus {
namespace {

constexpr std::chrono::milliseconds kListen(50);  // how often signals are looked for

std::function<void(const Progress&)> teller(const py::object& progress) {
  if (progress.is_none()) return {};
  return [listener = py::handle(progress)](const Progress& p) {
    const py::gil_scoped_acquire lock;
    listener(p.stage, p.done, p.total, p.unit, p.figures);
  };
}

// Runs the handlers of signals that came meanwhile: what one of them raised, if any.
std::optional<py::error_already_set> raised_by_signal() {
  const py::gil_scoped_acquire lock;
  if (PyErr_CheckSignals() == 0) return std::nullopt;
  return std::optional<py::error_already_set>(std::in_place);
}

}  // namespace

void run_interruptibly(const JobArguments& arguments, const std::function<void(const Job&)>& work) {
  device_named(arguments.device);  // throws
  std::atomic<bool> stop{false};
  const int threads_before = at::get_num_threads();
  Job job;
  job.threads = arguments.threads > 0 ? arguments.threads : threads_before;
  job.device = arguments.device;
  job.stop = &stop;
  job.progress = teller(arguments.progress);
  std::optional<py::error_already_set> interruption;
  std::future<void> done;
  {
    const py::gil_scoped_release others_go_on;
    done = std::async(std::launch::async, [&] {
      at::set_num_threads(job.threads);
      work(job);
    });
    while (done.wait_for(kListen) != std::future_status::ready) {
      if (interruption) continue;
      interruption = raised_by_signal();
      if (interruption) stop = true;
    }
  }
  at::set_num_threads(threads_before);
  if (interruption) throw py::error_already_set(*interruption);
  done.get();
}

void run_here(const std::function<void(const Job&)>& work) {
  const py::gil_scoped_release others_go_on;
  Job job;
  job.threads = at::get_num_threads();
  job.progress = [](const Progress&) {
    if (auto raised = raised_by_signal()) throw py::error_already_set(*raised);
  };
  work(job);
}

}  // namespace saltus
