#include "saltus/population/image_batches.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <set>

#include "saltus/base/error.h"
#include "saltus/population/small_images_test.h"

namespace saltus {
namespace {

using testing::small_images;

TEST(ImageBatches, AnEpochShowsEachImageOnce) {
  LabelledImages images = small_images();
  images.labels = at::arange(70, at::kLong);  // names instead of classes
  SupervisedConfig config;
  config.batch = 16;
  ImageBatches batches(config, images, 7, 0);
  ASSERT_EQ(batches.steps_per_epoch(), 4);
  std::vector<std::vector<int64_t>> epochs(2);
  for (int64_t i = 0; i < 8; ++i) {
    const ImageBatch& batch = batches.at_iteration(i);
    ASSERT_EQ(batch.inputs.sizes(), (std::vector<int64_t>{16, 16}));
    EXPECT_TRUE(at::equal(batch.inputs,
                          network_inputs(images, images.pixels.index_select(0, batch.labels))));
    const auto* names = batch.labels.const_data_ptr<int64_t>();
    epochs[static_cast<size_t>(i / 4)].insert(epochs[static_cast<size_t>(i / 4)].end(), names,
                                              names + 16);
  }
  for (const auto& epoch : epochs) EXPECT_EQ(std::set(epoch.begin(), epoch.end()).size(), 64u);
  EXPECT_NE(epochs[0], epochs[1]);
}

TEST(ImageBatches, DependOnLotAndIterationAlone) {
  const LabelledImages images = small_images();
  SupervisedConfig config;
  config.batch = 16;
  config.augmentation = "flip_crop";
  ImageBatches forward(config, images, 7, 3), jumping(config, images, 7, 3);
  ImageBatches other(config, images, 7, 4);
  for (int64_t i = 0; i < 9; ++i) forward.at_iteration(i);
  const at::Tensor late = jumping.at_iteration(9).inputs.clone();
  EXPECT_TRUE(at::equal(forward.at_iteration(9).inputs, late));
  EXPECT_FALSE(at::equal(other.at_iteration(9).inputs, late));
  EXPECT_FALSE(at::equal(jumping.at_iteration(2).inputs, late));
}

TEST(ImageBatches, NeedAsManyImagesAsABatchHolds) {
  const LabelledImages images = small_images();
  EXPECT_THROW(ImageBatches(SupervisedConfig(), images, 0, 0), Error);
}

// Every result is the image shifted by up to 4 and perhaps mirrored, all channels alike.
TEST(FlipAndCrop, ShiftsAndMirrorsImages) {
  const at::Tensor pixels = at::randint(1, 256, {200, 3, 7, 6}, at::kByte);
  RandomStream random(5, "test.augmentation");
  const at::Tensor changed = flip_and_crop(pixels, random);
  ASSERT_EQ(changed.sizes(), pixels.sizes());
  ASSERT_EQ(changed.scalar_type(), at::kByte);
  const at::Tensor padded = at::constant_pad_nd(pixels, {4, 4, 4, 4});
  std::set<int64_t> ways;
  for (int64_t n = 0; n < pixels.size(0); ++n) {
    int64_t found = 0;
    for (int64_t way = 0; way < 9 * 9 * 2; ++way) {
      at::Tensor crop = padded[n].narrow(1, way % 9, 7).narrow(2, way / 9 % 9, 6);
      if (way >= 81) crop = crop.flip({2});
      if (!at::equal(crop, changed[n])) continue;
      ++found;
      ways.insert(way);
    }
    EXPECT_EQ(found, 1) << "image " << n;
  }
  EXPECT_GT(ways.size(), 80u);  // 200 draws of 162 ways: 115 expected
}

}  // namespace
}  // namespace saltus
