// A task: what a target network is for. An architecture, a way to measure networks, and the inputs
// on which two networks are compared as functions.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/base/random.h"
#include "saltus/network/architecture.h"
#include "saltus/network/metric.h"
#include "saltus/network/metric_reader.h"
#include "saltus/network/probes.h"

namespace saltus {

struct EvaluateOptions {
  uint64_t seed = 0;           // network k draws from the stream (seed, k), whatever K is
  int64_t effort = 64;         // cart-pole: full episodes a network, a multiple of 64
  bool deterministic = false;  // cart-pole: act by the mean instead of sampling
  // Image tasks: which sets to measure on; the metrics of the other are NaN, and cost nothing.
  bool validation = true, test = true;
};

class Task {
 public:
  virtual ~Task() = default;

  virtual std::string name() const = 0;
  virtual const Architecture& architecture() const = 0;
  virtual const std::vector<Metric>& metrics() const = 0;
  // The metric that scores what was conditioned on `metric`: the same quantity on data that nothing
  // was conditioned on or chosen by. Itself where every measurement draws anew (a simulator).
  virtual size_t score_of(size_t metric) const { return metric; }

  // thetas: K networks of P floats; out: K rows of M metrics. Runs on all threads of `job`.
  virtual void evaluate(std::span<const float> thetas, const EvaluateOptions& options,
                        const Job& job, std::span<float> out) const = 0;

  // Draws the start network of `scheme` for (seed, index): what `zoo build` starts run `index`
  // from.
  virtual std::vector<float> fresh_network(const std::string& scheme, uint64_t seed,
                                           uint64_t index) const = 0;

  // Inputs on which the function of a network is sampled; see network/probes.h.
  virtual Probes probes() const = 0;

  // Do networks act at random, and measurements draw anew? Then a network's mean action is another
  // policy than the network (EvaluateOptions::deterministic), and `effort` matters.
  virtual bool stochastic() const { return false; }

  // Reads a metric off `inputs` random training data a call, computing convolutions in the type
  // given; empty where a task cannot.
  virtual MetricReader metric_reader(const std::string& /*metric*/, int64_t /*inputs*/,
                                     at::ScalarType /*convolutions*/) const {
    return {};
  }

  // Which of the test data each network answers wrongly: [K, N] bool; undefined where a task has no
  // such thing.
  virtual at::Tensor mistakes(const at::Tensor& /*theta*/, const Job& /*job*/) const { return {}; }
};

std::vector<std::string> task_names();
// Whether there is such a task. A zoo or generator of any other can be learnt from and updated
// with, but its networks are measured elsewhere.
bool is_task(const std::string& name);
// The task with its own networks, on the data in $SALTUS_DATA; more in task_config.h. Error with
// the nearest name.
std::shared_ptr<const Task> make_task(const std::string& name);

}  // namespace saltus
