// Reads a classifier's loss or error off random training images, differentiably.
#pragma once

#include <memory>
#include <string>

#include "saltus/network/architecture.h"
#include "saltus/network/metric_reader.h"
#include "saltus/task/labelled_images.h"

namespace saltus {

// "loss": the mean cross-entropy. "error": the percentage of images answered wrongly, with the
// gradient of another quantity, since it has none: of 100 (1 - exp(-loss)), the error of a network
// that gives each label its geometric mean share (a straight-through estimate, Bengio et al. 2013).
// Empty for any other name. `images` drawn anew each call, with repetition. Where a gradient is
// wanted, a ConvNet's convolutions compute in the type `convolutions`; one reader reads networks of
// one device.
MetricReader image_metric_reader(std::shared_ptr<const Architecture> architecture,
                                 const LabelledImages& training, const std::string& metric,
                                 int64_t images, at::ScalarType convolutions = at::kFloat);

// The two on given logits [K, classes, B] and labels [B]: [K].
at::Tensor mean_cross_entropy(const at::Tensor& logits, const at::Tensor& labels);
at::Tensor straight_through_error(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace saltus
