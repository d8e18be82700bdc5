// A small zoo of synthetic runs that look like training: metrics rise, parameters drift.
#pragma once

#include <cmath>
#include <filesystem>

#include "saltus/base/random.h"
#include "saltus/network/architecture.h"
#include "saltus/zoo/zoo.h"

namespace saltus::testing {

// Networks 3-5-2 of 32 parameters with a log_std: an odd count, so that nothing aligns by luck.
inline ZooDescription small_description(Dtype dtype = Dtype::F32, int64_t checkpoints = 5) {
  const auto network = make_mlp({.sizes = {3, 5, 2},
                                 .activation = Activation::tanh,
                                 .layer_names = {"a", "b"},
                                 .log_std = true});
  return {.task = "toy",
          .architecture = network->to_json(),
          .layout = network->layout(),
          .symmetry = network->symmetry(),
          .metrics = {{.name = "return",
                       .maximise = true,
                       .measured_on = "simulator",
                       .worst = 0,
                       .best = 505,
                       .resolution = 1}},
          .checkpoints = checkpoints,
          .dtype = dtype,
          .made_by = {{"version", "test"}, {"config", {{"rate", 0.1}, {"seed", 1}}}}};
}

// Run `id` is a pure function of its id.
inline Run small_run(int64_t id, const ZooDescription& d) {
  RandomStream random(1, "small_run", static_cast<uint64_t>(id));
  Run run;
  run.id = id;
  run.parameters.resize(static_cast<size_t>(d.checkpoints * d.layout.parameters()));
  random.fill_normal(run.parameters);
  for (int64_t c = 0; c < d.checkpoints; ++c) {
    const double share = static_cast<double>(c) / static_cast<double>(d.checkpoints - 1);
    run.metrics.push_back(static_cast<float>(500 * std::sqrt(share) + random.uniform()));
    run.iteration.push_back(10 * c);
  }
  return run;
}

// Writes (or continues) runs [0, runs) and completes the zoo.
inline void write_small_zoo(const std::filesystem::path& folder, int64_t runs,
                            int64_t runs_per_shard = 8,
                            const ZooDescription& d = small_description()) {
  ZooWriter writer(folder, d, runs, runs_per_shard);
  for (int64_t id = writer.next_run(); id < runs; ++id) writer.append(small_run(id, d));
  writer.finish();
}

}  // namespace saltus::testing
