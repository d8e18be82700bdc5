// A generator: a trained denoiser with all it needs to update networks, in one file on disk.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "saltus/generator/denoiser.h"
#include "saltus/generator/row_noise.h"
#include "saltus/generator/sampler.h"
#include "saltus/network/architecture.h"
#include "saltus/network/metric.h"

namespace saltus {

// What a generator is for; saved with it.
struct GeneratorDescription {
  std::string task;
  std::shared_ptr<const Architecture> architecture;
  std::vector<Metric> metrics;                  // the metrics that condition it, M
  std::vector<double> metric_low, metric_high;  // their range in the zoo's training split
  Json config;                                  // preset and its options, resolved
  Json made_by;                                 // zoo hash, steps, seed, seconds, version
};

// One request: K networks, each with its own start metric and prompt.
struct UpdateRequest {
  at::Tensor theta;         // [K, P] float32, raw
  at::Tensor start_metric;  // [K, M] float32, measured
  at::Tensor prompt;        // [K, M] float32, desired; of several metrics, NaN: not prompted
  uint64_t seed = 0;
  std::vector<int64_t> sample;  // [K] which noise row k uses; empty: 0..K-1
  std::vector<RowNoise> noise;  // [K] instead of seed and sample, where rows differ in more

  // Rows [first, first + count), each with the noise it has here.
  UpdateRequest rows(int64_t first, int64_t count) const;
};

class Generator {
 public:
  Generator(GeneratorDescription description, std::shared_ptr<Denoiser> denoiser);

  // FILE.safetensors. Error (path, what) when missing, damaged or of another version.
  static Generator load(const std::filesystem::path& file);
  void save(const std::filesystem::path& file) const;

  const GeneratorDescription& description() const { return description_; }
  const std::shared_ptr<Denoiser>& denoiser() const { return denoiser_; }
  // Computes on another device from now on; what `update` takes and gives stays with the CPU.
  void move_to(at::Device device) { denoiser_->move_to(device); }
  int64_t weights() const;  // number of trained floats
  uint64_t hash() const;    // of the weights

  // Samples updated networks [K, P]. Network k depends on its own theta, metrics, seed and
  // sample[k] alone: the same whatever the batch size (up to rounding of the matrix products).
  at::Tensor update(const UpdateRequest& request, const SamplerConfig& sampler) const;

 private:
  GeneratorDescription description_;
  std::shared_ptr<Denoiser> denoiser_;
};

}  // namespace saltus
