// A small zoo whose runs all drift the same way, for the tests of what learns from zoos.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "saltus/base/random.h"
#include "saltus/network/mlp.h"
#include "saltus/network/return_metric_test.h"
#include "saltus/zoo/zoo.h"

namespace saltus::testing {

inline MlpConfig small_actor() {
  return {.sizes = {4, 8, 8, 1},
          .activation = Activation::selu,
          .layer_names = {"fc1", "fc2", "fc3"},
          .log_std = true};
}

// What the test networks drift along.
inline std::vector<float> drift_direction(int64_t parameters) {
  std::vector<float> drift(static_cast<size_t>(parameters));
  RandomStream(1, "test.drift").fill_normal(drift);
  return drift;
}

// Sixty runs that drift from a random start along one common direction, the metric with them.
inline std::filesystem::path make_zoo(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / name;
  std::filesystem::remove_all(folder);
  const auto architecture = make_mlp(small_actor());
  const int64_t parameters = architecture->layout().parameters(), checkpoints = 5;
  ZooWriter writer(folder,
                   {.task = "test",
                    .architecture = architecture->to_json(),
                    .layout = architecture->layout(),
                    .symmetry = architecture->symmetry(),
                    .metrics = {return_metric()},
                    .checkpoints = checkpoints,
                    .dtype = Dtype::F32,
                    .made_by = Json::object()},
                   60, 16);
  const std::vector<float> drift = drift_direction(parameters);
  for (int64_t id = 0; id < 60; ++id) {
    Run run{.id = id, .parameters = {}, .metrics = {}, .iteration = {}};
    std::vector<float> start(drift.size());
    RandomStream(1, "test.start", static_cast<uint64_t>(id)).fill_normal(start);
    for (int64_t c = 0; c < checkpoints; ++c) {
      for (size_t i = 0; i < drift.size(); ++i) {
        run.parameters.push_back(0.3f * start[i] + 0.1f * static_cast<float>(c) * drift[i]);
      }
      run.metrics.push_back(100.0f * static_cast<float>(c));
      run.iteration.push_back(c);
    }
    writer.append(std::move(run));
  }
  writer.finish();
  return folder;
}

}  // namespace saltus::testing
