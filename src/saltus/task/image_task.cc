#include "saltus/task/image_task.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "saltus/base/error.h"
#include "saltus/network/device.h"
#include "saltus/network/initialiser.h"
#include "saltus/task/image_metric_reader.h"
#include "saltus/task/score_kernels.h"

namespace saltus {
namespace {

// Networks and images that are computed together: their activations stay in the cache. Fixed, so
// that results do not depend on threads.
constexpr int64_t kNetworkBlock = 64;
constexpr int64_t kImageBlock = 256, kMapImageBlock = 32;
// Networks of one unit of work, for which a block of images is made ready once. A small K still
// gives every thread something to do.
constexpr int64_t kUnitNetworks = 8 * kNetworkBlock;

// Puts LibTorch's number of threads back as it was: workers set theirs to one, since they are the
// parallelism, and the calling thread is one of them.
class KeepTorchThreads {
 public:
  KeepTorchThreads() : before_(at::get_num_threads()) {}
  ~KeepTorchThreads() { at::set_num_threads(before_); }
  KeepTorchThreads(const KeepTorchThreads&) = delete;
  KeepTorchThreads& operator=(const KeepTorchThreads&) = delete;

 private:
  int before_;
};

// The same by vector code: LibTorch's argmax over classes costs as much as the networks themselves.
at::Tensor sum_losses_by_hand(const at::Tensor& logits, const at::Tensor& labels) {
  const int64_t networks = logits.size(0), classes = logits.size(1), images = logits.size(2);
  const ScoreKernels& kernels = score_kernels(selected_isa());
  at::Tensor sums = at::empty({networks, 2}, at::kDouble);
  auto* out = sums.mutable_data_ptr<double>();
  for (int64_t k = 0; k < networks; ++k) {
    const ScoreSums sum = kernels.sum(logits.const_data_ptr<float>() + k * classes * images,
                                      classes, images, labels.const_data_ptr<int64_t>(), images);
    out[2 * k] = sum.loss;
    out[2 * k + 1] = sum.wrong;
  }
  return sums;
}

// logits [K, classes, B], labels [B] -> summed loss and wrong images [K, 2] float64.
at::Tensor sum_losses(const at::Tensor& logits, const at::Tensor& labels) {
  if (logits.is_cpu()) return sum_losses_by_hand(logits.contiguous(), labels);
  const at::Tensor index = labels.view({1, 1, -1}).expand({logits.size(0), 1, labels.size(0)});
  const at::Tensor log_share = at::log_softmax(logits, 1).gather(1, index).squeeze(1);
  const at::Tensor wrong = logits.argmax(1).ne(labels);
  return at::stack({-log_share.to(at::kDouble).sum(1), wrong.to(at::kDouble).sum(1)}, 1);
}

}  // namespace

std::vector<Metric> image_metrics(int64_t classes) {
  const auto share = static_cast<double>(classes);
  // Worst is guessing: every class equally likely.
  const Metric loss{.name = "loss",
                    .measured_on = "validation",
                    .worst = std::log(std::max(share, 2.0)),
                    .best = 0,
                    .resolution = 0.02};
  const Metric error{.name = "error",
                     .measured_on = "validation",
                     .worst = 100 * (1 - 1 / std::max(share, 2.0)),
                     .best = 0,
                     .resolution = 1};
  std::vector<Metric> metrics = {loss, error, loss, error};
  for (size_t m = 2; m < 4; ++m) {
    metrics[m].name = "test_" + metrics[m].name;
    metrics[m].measured_on = "test";
  }
  return metrics;
}

namespace {

void check_fit(const std::string& name, const ImageSet& images, const Architecture& architecture,
               const std::string& source) {
  const std::vector<int64_t> expected = architecture.input_shape(), found = images.shape();
  const bool flat = expected.size() == 1;
  if (flat ? images.training.input_size() != expected[0] : found != expected) {
    fail(
        "task {}: {}: expected images of {} {}, as the networks take, found {} (channels, height, "
        "width); give the data they were made for, or declare another architecture",
        name, source, fmt::join(expected, " x "), flat ? "numbers" : "(channels, height, width)",
        fmt::join(found, " x "));
  }
  if (images.classes != architecture.outputs()) {
    fail(
        "task {}: {}: expected labels of {} classes, one an output of the networks, found {}; "
        "give the data they were made for",
        name, source, architecture.outputs(), images.classes);
  }
}

}  // namespace

// A ConvNet's maps of 256 images would be megabytes, which only a GPU does not mind.
int64_t image_block(const Architecture& architecture, const at::Device& device) {
  const bool maps = architecture.input_shape().size() > 1;
  return maps && device.is_cpu() ? kMapImageBlock : kImageBlock;
}

at::Tensor score_images(const Architecture& architecture, const LabelledImages& images,
                        const at::Tensor& theta, const Job& job) {
  const int64_t networks = theta.size(0), count = images.size();
  const int64_t rows = (networks + kUnitNetworks - 1) / kUnitNetworks;
  const at::Device device = device_named(job.device);
  const int64_t block = image_block(architecture, device), columns = (count + block - 1) / block;
  // One cell a unit of work, added up in a fixed order below.
  at::Tensor parts = at::empty({columns, networks, 2}, at::kDouble);
  const at::Tensor own = theta.to(device);
  const KeepTorchThreads keep;
  // A GPU takes one unit at a time, which is enough for it.
  parallel_for(rows * columns, device.is_cpu() ? thread_count(job) : 1, [&](int64_t unit) {
    if (job.stopped()) return;
    at::set_num_threads(1);  // of this thread
    const c10::InferenceMode no_gradients;
    const int64_t begin = unit % rows * kUnitNetworks, column = unit / rows;
    const int64_t end = std::min(begin + kUnitNetworks, networks);
    const int64_t first = column * block, batch = std::min(block, count - first);
    const at::Tensor inputs =
        network_inputs(images, images.pixels.narrow(0, first, batch)).to(device);
    const at::Tensor labels = images.labels.narrow(0, first, batch).to(device);
    for (int64_t row = begin; row < end; row += kNetworkBlock) {
      const int64_t some = std::min(kNetworkBlock, end - row);
      const at::Tensor logits = architecture.respond(own.narrow(0, row, some), inputs).output;
      parts[column].narrow(0, row, some).copy_(sum_losses(logits, labels));
    }
  });
  if (job.stopped()) return at::full({networks, 2}, NAN, at::kDouble);
  const at::Tensor scale = at::tensor({1.0, 100.0}, at::kDouble) / static_cast<double>(count);
  return parts.sum(0) * scale;
}

ImageTask::ImageTask(std::string name, ImageSet images,
                     std::shared_ptr<const Architecture> architecture, const std::string& source)
    : name_(std::move(name)),
      images_(std::move(images)),
      architecture_(std::move(architecture)),
      metrics_(image_metrics(images_.classes)) {
  check_fit(name_, images_, *architecture_, source);
}

void ImageTask::evaluate(std::span<const float> thetas, const EvaluateOptions& options,
                         const Job& job, std::span<float> out) const {
  const auto parameters = static_cast<size_t>(architecture_->layout().parameters());
  const size_t width = metrics_.size();
  if (thetas.size() / parameters * width != out.size() || thetas.size() % parameters != 0) {
    fail("evaluate {}: expected {} networks of {} parameters, found {} floats", name_,
         out.size() / width, parameters, thetas.size());
  }
  std::ranges::fill(out, std::numeric_limits<float>::quiet_NaN());
  const auto networks = static_cast<int64_t>(out.size() / width);
  const at::Tensor theta = at::from_blob(const_cast<float*>(thetas.data()),
                                         {networks, static_cast<int64_t>(parameters)}, at::kFloat);
  const auto score = [&](const LabelledImages& images, size_t first) {
    const at::Tensor scores = score_images(*architecture_, images, theta, job);
    const auto* values = scores.const_data_ptr<double>();
    for (size_t k = 0; k < static_cast<size_t>(networks); ++k) {
      out[k * width + first] = static_cast<float>(values[2 * k]);
      out[k * width + first + 1] = static_cast<float>(values[2 * k + 1]);
    }
  };
  if (options.validation) score(images_.validation, 0);
  if (options.test) score(images_.test, 2);
  if (job.stopped()) std::ranges::fill(out, std::numeric_limits<float>::quiet_NaN());
}

std::vector<float> ImageTask::fresh_network(const std::string& scheme, uint64_t seed,
                                            uint64_t index) const {
  std::vector<float> theta(static_cast<size_t>(architecture_->layout().parameters()));
  RandomStream random(seed, "network.initialise", index);
  initialise(architecture_->layout(), scheme, random, theta, 0);
  return theta;
}

MetricReader ImageTask::metric_reader(const std::string& metric, int64_t inputs,
                                      at::ScalarType convolutions) const {
  return image_metric_reader(architecture_, images_.training, metric, inputs, convolutions);
}

at::Tensor ImageTask::mistakes(const at::Tensor& theta, const Job& job) const {
  const c10::InferenceMode no_gradients;
  const at::Device device = device_named(job.device);
  const at::Tensor own = theta.to(device);
  const int64_t count = images_.test.size();
  at::Tensor wrong = at::empty({theta.size(0), count}, at::kBool);
  for (int64_t first = 0; first < count; first += kImageBlock) {
    const int64_t batch = std::min(kImageBlock, count - first);
    const at::Tensor inputs =
        network_inputs(images_.test, images_.test.pixels.narrow(0, first, batch)).to(device);
    const at::Tensor labels = images_.test.labels.narrow(0, first, batch).to(device);
    for (int64_t row = 0; row < theta.size(0); row += kNetworkBlock) {
      const int64_t some = std::min(kNetworkBlock, theta.size(0) - row);
      const at::Tensor answers =
          architecture_->respond(own.narrow(0, row, some), inputs).output.argmax(1);
      wrong.narrow(0, row, some).narrow(1, first, batch).copy_(answers.ne(labels));
    }
  }
  return wrong;
}

Probes ImageTask::probes() const {
  Probes probes;
  probes.logits = true;
  probes.draw = [images = images_.training](int64_t n, RandomStream& random) {
    return network_inputs(images, images.pixels.index_select(0, random_images(images, n, random)));
  };
  return probes;
}

}  // namespace saltus
