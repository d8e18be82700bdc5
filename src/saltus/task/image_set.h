// Training, validation and test images of a classification task, from the files of a folder.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saltus/task/labelled_images.h"

namespace saltus {

// Images as a file format holds them.
struct RawImages {
  at::Tensor pixels;   // [N, C, H, W] uint8, N >= 1
  at::Tensor labels;   // [N] int64
  std::string source;  // the files, for messages
};

struct RawImageSet {
  RawImages training, test;
};

// Validation is apart from training and test: networks learn from `training`, prompts and choices
// go by `validation`, and `test` only scores.
struct ImageSet {
  LabelledImages training, validation, test;
  int64_t classes = 0;

  std::vector<int64_t> shape() const { return training.pixels.sizes().slice(1).vec(); }  // C, H, W
};

// How many of `images` training images become the validation set: 5,000 where that is a tenth of
// them or less, else a twelfth, at least one.
int64_t validation_count(int64_t images);

// Splits the training images by a permutation that depends on their number alone: its last
// validation_count() are for validation. `mean` and `deviation`: one a channel, see LabelledImages.
// Error naming the file when labels have gaps (classes are 0 ... highest training label, each with
// an image), a test label is none of them, shapes differ, or there is too little to split.
ImageSet split_images(const RawImageSet& raw, const std::vector<double>& mean,
                      const std::vector<double>& deviation);

}  // namespace saltus
