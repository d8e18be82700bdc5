#include "saltus/task/image_metric_reader.h"

#include <ATen/Functions.h>

#include <limits>

namespace saltus {
namespace {

constexpr double kSoftness = 0.25;  // in logits

// labels [B] -> the index [K, 1, B] of their logits in [K, classes, B].
at::Tensor label_index(const at::Tensor& logits, const at::Tensor& labels) {
  return labels.view({1, 1, -1}).expand({logits.size(0), 1, labels.size(0)});
}

}  // namespace

at::Tensor mean_cross_entropy(const at::Tensor& logits, const at::Tensor& labels) {
  const at::Tensor log_share = at::log_softmax(logits, 1);
  return -log_share.gather(1, label_index(logits, labels)).mean({1, 2});
}

at::Tensor softened_error(const at::Tensor& logits, const at::Tensor& labels) {
  const at::Tensor index = label_index(logits, labels);
  const at::Tensor own = logits.gather(1, index);
  const at::Tensor others =
      logits.scatter(1, index, -std::numeric_limits<float>::infinity()).amax(1, true);
  return 100 * ((others - own) / kSoftness).sigmoid().mean({1, 2});
}

MetricReader image_metric_reader(std::shared_ptr<const Architecture> architecture,
                                 const LabelledImages& training, const std::string& metric,
                                 int64_t images) {
  if (metric != "loss" && metric != "error") return {};
  const auto measure = metric == "loss" ? mean_cross_entropy : softened_error;
  return [=](const at::Tensor& theta, RandomStream& random) {
    at::Tensor places = at::empty({images}, at::kLong);
    auto* out = places.mutable_data_ptr<int64_t>();
    for (int64_t i = 0; i < images; ++i) {
      out[i] = static_cast<int64_t>(random.below(static_cast<uint64_t>(training.size())));
    }
    const at::Tensor inputs = network_inputs(training, training.pixels.index_select(0, places));
    // Within autocast, answers may come in half the bits.
    return measure(architecture->respond(theta, inputs).output.to(theta.scalar_type()),
                   training.labels.index_select(0, places));
  };
}

}  // namespace saltus
