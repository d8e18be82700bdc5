// Classifying images: a network's logits against labels. Metrics, in this order: loss and error on
// the validation images, test_loss and test_error on the test images. Loss is the mean
// cross-entropy in nats, error the percentage (0 to 100) of images whose largest logit, the first
// of equals, is not their label's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saltus/task/image_set.h"
#include "saltus/task/task.h"

namespace saltus {

class ImageTask : public Task {
 public:
  // Error unless the images have the shape the architecture takes (an Mlp: that many pixels in
  // all) and as many classes as it has outputs. `source` names the images in messages.
  ImageTask(std::string name, ImageSet images, std::shared_ptr<const Architecture> architecture,
            const std::string& source);

  std::string name() const override { return name_; }
  const Architecture& architecture() const override { return *architecture_; }
  const std::vector<Metric>& metrics() const override { return metrics_; }
  // What is conditioned on validation images is scored on test images.
  size_t score_of(size_t metric) const override { return metric < 2 ? metric + 2 : metric; }

  // Networks whose logits are not finite get metrics that are not. Ignores `seed` and `effort`; a
  // network's metrics do not depend on threads, and on the other networks only by the rounding of
  // matrix products. When `job` is stopped, all of `out` is NaN.
  void evaluate(std::span<const float> thetas, const EvaluateOptions& options, const Job& job,
                std::span<float> out) const override;
  std::vector<float> fresh_network(const std::string& scheme, uint64_t seed,
                                   uint64_t index) const override;
  // Draws training images; no fixed probes.
  Probes probes() const override;
  // Of "loss" and "error", off training images; see image_metric_reader.h.
  MetricReader metric_reader(const std::string& metric, int64_t inputs,
                             at::ScalarType convolutions) const override;
  // Of the test images.
  at::Tensor mistakes(const at::Tensor& theta, const Job& job) const override;

  const LabelledImages& training() const { return images_.training; }
  const LabelledImages& validation() const { return images_.validation; }
  const LabelledImages& test() const { return images_.test; }
  int64_t classes() const { return images_.classes; }

 private:
  std::string name_;
  ImageSet images_;
  std::shared_ptr<const Architecture> architecture_;
  std::vector<Metric> metrics_;
};

// What is measured of networks that tell `classes` apart, in the order above.
std::vector<Metric> image_metrics(int64_t classes);

// Loss and error of K networks on a set: [K, 2] float64, as in ImageTask's metrics. theta [K, P]
// float32, in memory of the CPU, whatever job.device computes. All NaN when the job is stopped.
at::Tensor score_images(const Architecture& architecture, const LabelledImages& images,
                        const at::Tensor& theta, const Job& job);

}  // namespace saltus
