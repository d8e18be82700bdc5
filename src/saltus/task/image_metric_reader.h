// Reads a classifier's loss or error off random training images, differentiably.
#pragma once

#include <memory>
#include <string>

#include "saltus/network/architecture.h"
#include "saltus/network/metric_reader.h"
#include "saltus/task/labelled_images.h"

namespace saltus {

// "loss": the mean cross-entropy. "error": a percentage as well, with the step from right to wrong
// softened: what is expected of an answer drawn from softmax(logits / 0.25) instead of the largest
// logit. That has a gradient where images are close to being told otherwise, and cannot be had
// cheaply: networks that tell nothing apart err as guesses do, however small their logits. Empty
// for any other name. `images` drawn anew each call, with repetition. Where a gradient is wanted, a
// ConvNet's convolutions compute in the type `convolutions`.
MetricReader image_metric_reader(std::shared_ptr<const Architecture> architecture,
                                 const LabelledImages& training, const std::string& metric,
                                 int64_t images, at::ScalarType convolutions = at::kFloat);

// The two on given logits [K, classes, B] and labels [B]: [K].
at::Tensor mean_cross_entropy(const at::Tensor& logits, const at::Tensor& labels);
at::Tensor softened_error(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace saltus
