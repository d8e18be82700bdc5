#include "saltus/population/image_batches.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <numeric>

#include "saltus/base/error.h"

namespace saltus {

ImageBatches::ImageBatches(const SupervisedConfig& config, const LabelledImages& images,
                           uint64_t seed, uint64_t lot)
    : images_(images),
      batch_(config.batch),
      steps_(config.steps_per_epoch(images.size())),
      flip_crop_(config.augmentation == "flip_crop"),
      seed_(seed),
      lot_(lot) {
  if (steps_ < 1) {
    fail("supervised.batch: expected at most the {} training images, found {}", images.size(),
         batch_);
  }
  const int64_t channels = images.pixels.size(1);
  const at::Tensor values = at::arange(256, at::kByte).view({256, 1, 1, 1});
  table_ = network_inputs(images, values.expand({256, channels, 1, 1})).t().contiguous();
  current_.inputs = at::empty({batch_, images.input_size()}, at::kFloat);
}

void ImageBatches::order_epoch(int64_t epoch) {
  RandomStream random(seed_, fmt::format("population.order.{}", epoch), lot_);
  order_ = at::arange(images_.size(), at::kLong);
  auto* order = order_.mutable_data_ptr<int64_t>();
  for (int64_t i = images_.size() - 1; i > 0; --i) {  // Fisher-Yates
    std::swap(order[i], order[random.below(static_cast<uint64_t>(i) + 1)]);
  }
  epoch_ = epoch;
}

const ImageBatch& ImageBatches::at_iteration(int64_t iteration) {
  if (iteration / steps_ != epoch_) order_epoch(iteration / steps_);
  const at::Tensor chosen = order_.narrow(0, iteration % steps_ * batch_, batch_);
  at::Tensor pixels = images_.pixels.index_select(0, chosen);
  if (flip_crop_) {
    RandomStream random(seed_, fmt::format("population.augmentation.{}", iteration), lot_);
    pixels = flip_and_crop(pixels, random);
  }
  fill_inputs(pixels);
  current_.labels = images_.labels.index_select(0, chosen);
  return current_;
}

// As network_inputs, to the bit, but in one pass by a table and into memory that stays.
void ImageBatches::fill_inputs(const at::Tensor& pixels) {
  const int64_t channels = pixels.size(1), plane = pixels.size(2) * pixels.size(3);
  const auto* from = pixels.const_data_ptr<uint8_t>();
  auto* to = current_.inputs.mutable_data_ptr<float>();
  for (int64_t n = 0; n < batch_; ++n) {
    for (int64_t c = 0; c < channels; ++c, from += plane, to += plane) {
      const float* table = table_.const_data_ptr<float>() + 256 * c;
      for (int64_t i = 0; i < plane; ++i) to[i] = table[from[i]];
    }
  }
}

at::Tensor flip_and_crop(const at::Tensor& pixels, RandomStream& random) {
  constexpr int64_t kReach = 4;
  const int64_t images = pixels.size(0), channels = pixels.size(1);
  const int64_t height = pixels.size(2), width = pixels.size(3);
  at::Tensor result = at::zeros_like(pixels);
  const auto* from = pixels.const_data_ptr<uint8_t>();
  auto* to = result.mutable_data_ptr<uint8_t>();
  for (int64_t n = 0; n < images; ++n) {
    const auto shift = [&] { return static_cast<int64_t>(random.below(2 * kReach + 1)) - kReach; };
    const int64_t down = shift(), right = shift();
    const bool mirror = random.below(2) == 1;
    // The columns of the source that stay inside.
    const int64_t begin = std::max<int64_t>(0, right);
    const int64_t count = std::max<int64_t>(0, std::min(width, width + right) - begin);
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t y = 0; y < height; ++y) {
        if (y + down < 0 || y + down >= height) continue;
        const uint8_t* source = from + ((n * channels + c) * height + y + down) * width + begin;
        uint8_t* row = to + ((n * channels + c) * height + y) * width;
        std::copy_n(source, count, row + begin - right);
        if (mirror) std::reverse(row, row + width);
      }
    }
  }
  return result;
}

}  // namespace saltus
