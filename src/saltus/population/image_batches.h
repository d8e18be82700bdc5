// The mini-batches of a lot: in which order images come, and how they are augmented.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "saltus/base/random.h"
#include "saltus/population/supervised.h"
#include "saltus/task/labelled_images.h"

namespace saltus {

struct ImageBatch {
  at::Tensor inputs;  // [B, I] float32, what a network sees
  at::Tensor labels;  // [B] int64
};

// A pure function of (config, images, seed, lot) and the iteration: all networks of a lot see the
// same batches, another lot sees others. An epoch is a random order of all images, cut into batches
// of config.batch; what does not fill a batch is left out.
class ImageBatches {
 public:
  // `images` must outlive this. Error when there are fewer of them than a batch holds.
  ImageBatches(const SupervisedConfig& config, const LabelledImages& images, uint64_t seed,
               uint64_t lot);

  int64_t steps_per_epoch() const { return steps_; }
  // Valid until the next call. Any order of calls; cheapest in ascending order, since an epoch's
  // order is kept.
  const ImageBatch& at_iteration(int64_t iteration);

 private:
  void order_epoch(int64_t epoch);
  void fill_inputs(const at::Tensor& pixels);

  const LabelledImages& images_;
  int64_t batch_, steps_;
  bool flip_crop_;
  uint64_t seed_, lot_;
  int64_t epoch_ = -1;
  at::Tensor order_;  // [N] int64, of epoch_
  at::Tensor table_;  // [C, 256] float32: network_inputs of every value of a pixel
  ImageBatch current_;
};

// Each image on its own: shifted by up to 4 pixels both ways, what comes in from outside being 0,
// then mirrored left to right with probability 1/2. pixels [B, C, H, W] uint8, contiguous; the
// same shape comes back. Draws three numbers an image.
at::Tensor flip_and_crop(const at::Tensor& pixels, RandomStream& random);

}  // namespace saltus
