// Small classifiers for the tests of what trains them.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "saltus/network/initialiser.h"
#include "saltus/network/mlp.h"

namespace saltus::testing {

inline std::shared_ptr<const Architecture> small_classifier() {
  return make_mlp({.sizes = {16, 5, 3}, .layer_names = {"a", "b"}});
}

// The same network under a name that no special method knows.
class ForeignClassifier : public Architecture {
 public:
  const Layout& layout() const override { return inner_->layout(); }
  const Symmetry& symmetry() const override { return inner_->symmetry(); }
  std::vector<int64_t> input_shape() const override { return inner_->input_shape(); }
  int64_t outputs() const override { return inner_->outputs(); }
  Responses respond(const at::Tensor& theta, const at::Tensor& inputs) const override {
    return inner_->respond(theta, inputs);
  }
  Json to_json() const override { return {{"kind", "foreign"}}; }

 private:
  std::shared_ptr<const Architecture> inner_ = small_classifier();
};

// K networks [K, P], row k a function of k alone.
inline at::Tensor small_starts(const Architecture& architecture, int64_t networks) {
  const int64_t parameters = architecture.layout().parameters();
  const at::Tensor theta = at::empty({networks, parameters});
  for (int64_t k = 0; k < networks; ++k) {
    RandomStream random(2, "small_starts", static_cast<uint64_t>(k));
    auto* row = theta.mutable_data_ptr<float>() + k * parameters;
    initialise(architecture.layout(), "pytorch", random, {row, static_cast<size_t>(parameters)}, 0);
  }
  return theta;
}

}  // namespace saltus::testing
