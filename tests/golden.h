// What the golden tests share: the fixtures of one folder as tensors, and comparison by the limits
// that golden/README.md states.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "saltus/base/options.h"
#include "saltus/generator/paper_denoiser.h"
#include "saltus/generator/sampler.h"

namespace saltus::golden {

// $SALTUS_GOLDEN when set, else tests/golden of the source tree.
std::filesystem::path folder();

// Names of the fixtures PREFIX*.safetensors in the folder, sorted; one made-up name that fails to
// open when there is none, so that a missing fixture cannot pass unnoticed.
std::vector<std::string> files(const std::string& prefix);

// "generator_mnist.safetensors" -> "generator_mnist", for GoogleTest.
std::string test_name(const testing::TestParamInfo<std::string>& file);

// One fixture, copied into memory.
class Fixture {
 public:
  explicit Fixture(const std::string& name);

  at::Tensor at(const std::string& name) const;  // fails listing near names when absent
  bool has(const std::string& name) const { return tensors_.contains(name); }
  double number(const std::string& name) const { return at(name).item<double>(); }
  std::vector<int64_t> integers(const std::string& name) const;
  std::vector<double> doubles(const std::string& name) const;
  // Every tensor "PREFIXname" as name -> tensor.
  std::map<std::string, at::Tensor> group(const std::string& prefix) const;
  // What stands between PREFIX and the first dot after it, once each.
  std::vector<std::string> branches(const std::string& prefix = "") const;

  const Json& config() const { return config_; }
  Json header(const std::string& key) const;

 private:
  std::string name_;
  std::map<std::string, at::Tensor> tensors_;
  std::map<std::string, std::string> metadata_;
  Json config_;
};

// Limits: |yours - stored| over the tensor, absolute or as a share of max |stored|.
testing::AssertionResult within(const at::Tensor& yours, const at::Tensor& stored, double limit);
testing::AssertionResult within_relative(const at::Tensor& yours, const at::Tensor& stored,
                                         double limit);
testing::AssertionResult same(const at::Tensor& yours, const at::Tensor& stored);

// Sizes of the tensors of a target network: config's "parameter_sizes", or those of its "dataset".
std::vector<int64_t> parameter_sizes(const Json& config);

// The paper preset at the sizes of a fixture's config, in normalised parameters, with its weights.
// Fails unless the tensors are exactly the state_dict.
std::shared_ptr<PaperDenoiser> paper_denoiser(const Json& config,
                                              const std::map<std::string, at::Tensor>& weights,
                                              const at::Tensor& frequencies);

// The noise rule: element i of draw k is table[(i + 613 k) mod 8191].
NoiseFunction table_noise(const at::Tensor& table, int64_t rows, int64_t columns,
                          int64_t first_draw = 0);

}  // namespace saltus::golden
