#include "saltus/task/image_set.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "saltus/base/error.h"
#include "saltus/base/random.h"

namespace saltus {
namespace {

// Position of the first label outside [0, classes); -1 when there is none.
int64_t first_outside(const at::Tensor& labels, int64_t classes) {
  const at::Tensor outside = (labels.lt(0) | labels.ge(classes)).nonzero();
  return outside.size(0) == 0 ? -1 : outside[0][0].item<int64_t>();
}

[[noreturn]] void label_out_of_range(const RawImages& images, int64_t place, int64_t classes,
                                     std::string_view why) {
  fail(
      "{}: image {}: expected a label from 0 to {} ({}), found {}; check that the labels belong "
      "to these images",
      images.source, place, classes - 1, why, images.labels[place].item<int64_t>());
}

// Classes are numbered without gaps: a label far above the others is damage, not a class.
int64_t count_classes(const RawImages& training) {
  const at::Tensor count = at::bincount(training.labels);
  const auto* counts = count.const_data_ptr<int64_t>();
  const int64_t* end = counts + count.numel();
  const int64_t* empty = std::find(counts, end, 0);
  const int64_t classes = empty - counts;
  if (empty == end) return classes;
  if (classes == 0) {
    fail("{}: expected classes numbered from 0, found no image of class 0", training.source);
  }
  label_out_of_range(training, first_outside(training.labels, classes), classes,
                     fmt::format("no training image has label {}", classes));
}

LabelledImages take(const RawImages& images, const std::vector<int64_t>& places,
                    const std::vector<double>& mean, const std::vector<double>& deviation) {
  const at::Tensor index = at::tensor(places, at::kLong);
  return {images.pixels.index_select(0, index), images.labels.index_select(0, index), mean,
          deviation};
}

}  // namespace

int64_t validation_count(int64_t images) {
  constexpr int64_t kValidation = 5000;
  if (images >= 10 * kValidation) return kValidation;
  return std::max<int64_t>(1, images / 12);
}

ImageSet split_images(const RawImageSet& raw, const std::vector<double>& mean,
                      const std::vector<double>& deviation) {
  const RawImages &training = raw.training, &test = raw.test;
  const int64_t images = training.pixels.size(0);
  if (images < 2) {
    fail("{}: expected two or more training images, one of them for validation, found {}",
         training.source, images);
  }
  if (training.pixels.sizes().slice(1) != test.pixels.sizes().slice(1)) {
    fail("{}: expected images of {}, as in {}, found {}", test.source,
         fmt::join(training.pixels.sizes().slice(1), " x "), training.source,
         fmt::join(test.pixels.sizes().slice(1), " x "));
  }
  ImageSet set;
  set.classes = count_classes(training);
  const int64_t odd = first_outside(test.labels, set.classes);
  if (odd >= 0) label_out_of_range(test, odd, set.classes, "as in " + training.source);

  // Not the files' own order: some sets are sorted by class.
  std::vector<int64_t> places(static_cast<size_t>(images));
  std::iota(places.begin(), places.end(), 0);
  RandomStream random(0, "images.split");
  for (size_t i = places.size(); i > 1; --i) std::swap(places[i - 1], places[random.below(i)]);
  const auto middle = places.end() - validation_count(images);
  set.training = take(training, {places.begin(), middle}, mean, deviation);
  set.validation = take(training, {middle, places.end()}, mean, deviation);
  set.test = {test.pixels, test.labels, mean, deviation};
  return set;
}

}  // namespace saltus
