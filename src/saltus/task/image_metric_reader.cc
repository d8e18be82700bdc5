#include "saltus/task/image_metric_reader.h"

#include <torch/torch.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "saltus/network/lockstep_gradient.h"
#include "saltus/network/sparse_inputs.h"

namespace saltus {
namespace {

constexpr int64_t kLooked = 128;  // images that tell whether most of all images is background

// labels [B] -> the index [K, 1, B] of their logits in [K, classes, B].
at::Tensor label_index(const at::Tensor& logits, const at::Tensor& labels) {
  return labels.view({1, 1, -1}).expand({logits.size(0), 1, labels.size(0)});
}

using Measure = at::Tensor (*)(const at::Tensor& logits, const at::Tensor& labels);

// Methods hold buffers, one a thread: lent to the calls at hand and kept for the next. All calls
// are for one device.
class Methods {
 public:
  Methods(std::shared_ptr<const Architecture> architecture, at::ScalarType convolutions,
          bool sparse_inputs)
      : architecture_(std::move(architecture)),
        convolutions_(convolutions),
        sparse_inputs_(sparse_inputs) {}

  std::unique_ptr<LockstepGradient> take(at::Device device) {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) {
      return make_lockstep_gradient(
          *architecture_,
          {.convolutions = convolutions_, .device = device, .sparse_inputs = sparse_inputs_});
    }
    auto method = std::move(idle_.back());
    idle_.pop_back();
    return method;
  }
  void give_back(std::unique_ptr<LockstepGradient> method) {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(method));
  }

 private:
  const std::shared_ptr<const Architecture> architecture_;
  const at::ScalarType convolutions_;
  const bool sparse_inputs_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<LockstepGradient>> idle_;
};

// A measure of networks theta [K, P], whose gradient the populations' own methods compute along
// with it.
class MeasureByHand : public torch::autograd::Function<MeasureByHand> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& theta,
                            Methods* methods, const at::Tensor& inputs, const at::Tensor& labels,
                            Measure measure) {
    auto method = methods->take(theta.device());
    const PackedNetworks packed = method->pack(theta);
    PackedNetworks gradients;
    for (const at::Tensor& part : packed) gradients.push_back(at::empty_like(part));
    std::vector<at::Tensor> values;
    const auto slope = [&](const at::Tensor& outputs, at::Tensor& outputs_slope) {
      const torch::AutoGradMode with_gradient(true);
      const at::Tensor leaf = outputs.detach().requires_grad_();
      const at::Tensor value = measure(leaf, labels);
      values.push_back(value.detach());
      outputs_slope.copy_(torch::autograd::grad({value.sum()}, {leaf})[0]);
    };
    method->evaluate(packed, inputs, slope, gradients);
    context->save_for_backward({method->unpack(gradients)});
    methods->give_back(std::move(method));
    return at::cat(values);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list given) {
    const at::Tensor gradient = context->get_saved_variables()[0];  // [K, P]
    return {given[0].unsqueeze(1) * gradient, {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor mean_cross_entropy(const at::Tensor& logits, const at::Tensor& labels) {
  const at::Tensor log_share = at::log_softmax(logits, 1);
  return -log_share.gather(1, label_index(logits, labels)).mean({1, 2});
}

at::Tensor straight_through_error(const at::Tensor& logits, const at::Tensor& labels) {
  const at::Tensor error =
      100 * logits.detach().argmax(1).ne(labels).to(logits.scalar_type()).mean(1);
  const at::Tensor smooth = 100 * (1 - (-mean_cross_entropy(logits, labels)).exp());
  return smooth + (error - smooth.detach());
}

MetricReader image_metric_reader(std::shared_ptr<const Architecture> architecture,
                                 const LabelledImages& training, const std::string& metric,
                                 int64_t images, at::ScalarType convolutions) {
  if (metric != "loss" && metric != "error") return {};
  const Measure measure = metric == "loss" ? mean_cross_entropy : straight_through_error;
  const at::Tensor some = training.pixels.narrow(0, 0, std::min(kLooked, training.size()));
  const bool sparse_inputs = SparseInputs::of(network_inputs(training, some)).has_value();
  const auto methods = std::make_shared<Methods>(architecture, convolutions, sparse_inputs);
  return [=](const at::Tensor& theta, RandomStream& random) {
    const at::Tensor places = random_images(training, images, random);
    const at::Device device = theta.device();
    const at::Tensor inputs =
        network_inputs(training, training.pixels.index_select(0, places)).to(device);
    const at::Tensor labels = training.labels.index_select(0, places).to(device);
    if (!torch::GradMode::is_enabled() || !theta.requires_grad()) {
      return measure(architecture->respond(theta, inputs).output, labels);
    }
    return MeasureByHand::apply(theta, methods.get(), inputs, labels, measure);
  };
}

}  // namespace saltus
