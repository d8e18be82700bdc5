// A task that a user's Python program measures: what training and evaluation ask of one.
#pragma once

#include <mutex>

#include "bindings.h"
#include "saltus/task/task.h"

namespace saltus {

// Calls the given Python functions from whatever thread it is called on, but one at a time: a
// module that torch.func.functional_call runs holds the caller's tensors meanwhile, and the
// interpreter's lock alone changes hands within a call. Their exceptions pass through. Made and
// destroyed under that lock.
class PythonTask : public Task {
 public:
  struct Functions {
    // theta [K, P] -> the metrics [K, M]; on data that conditions, and on data that only scores.
    // None: cannot measure.
    py::object measure = py::none(), score = py::none();
    // Metric -> (theta [B, P], seed) -> that metric [B], differentiable. What is not in it cannot
    // be read.
    py::dict read = {};
    py::object fresh = py::none();  // (seed) -> a start network [P]; None: saltus's initialisers
  };

  // metrics: M of them, as in a zoo. inputs [N, I]: examples of what networks are fed; may be
  // undefined.
  PythonTask(std::string name, std::shared_ptr<const Architecture> architecture,
             std::vector<Metric> metrics, Functions functions, at::Tensor inputs);

  bool measures() const { return !functions_.measure.is_none(); }

  std::string name() const override { return name_; }
  const Architecture& architecture() const override { return *architecture_; }
  // The M metrics; where there are scores, M more, "test_" before each name.
  const std::vector<Metric>& metrics() const override { return metrics_; }
  size_t score_of(size_t metric) const override;
  void evaluate(std::span<const float> thetas, const EvaluateOptions& options, const Job& job,
                std::span<float> out) const override;
  // Scheme "fresh" calls the user's function.
  std::vector<float> fresh_network(const std::string& scheme, uint64_t seed,
                                   uint64_t index) const override;
  Probes probes() const override;
  MetricReader metric_reader(const std::string& metric, int64_t inputs,
                             at::ScalarType convolutions) const override;

 private:
  // Without the interpreter's lock before, with it while it lives.
  class Turn;

  std::string name_;
  std::shared_ptr<const Architecture> architecture_;
  std::vector<Metric> metrics_;
  int64_t measured_;  // M
  Functions functions_;
  at::Tensor inputs_;
  mutable std::mutex turns_;
};

}  // namespace saltus
