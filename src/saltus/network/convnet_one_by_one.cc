#include "saltus/network/convnet_one_by_one.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "saltus/network/convolution_kernels.h"
#include "saltus/network/own_products.h"

namespace saltus {
namespace {

constexpr int64_t kLanes = 16;

// A map with zeros around it, channels last.
at::Tensor padded_map(int64_t images, int64_t height, int64_t width, int64_t channels,
                      int64_t padding) {
  return at::zeros({images, height + 2 * padding, width + 2 * padding, channels});
}

float* data(const at::Tensor& x) { return x.mutable_data_ptr<float>(); }

// One network's layers, ready for any image.
class Passes {
 public:
  Passes(const ConvNetConfig& config, const Layout& layout, const at::Tensor& theta,
         const ConvolutionKernels& kernels)
      : kernels_(kernels) {
    const auto part = [&](const std::string& name) {
      const TensorSpec& spec = layout.at(name);
      return theta.narrow(0, spec.offset, spec.size).view(spec.shape);
    };
    const int64_t padding = config.kernel / 2;
    int64_t in = config.input[0], height = config.input[1], width = config.input[2];
    for (size_t l = 0; l < config.channels.size(); ++l) {
      const int64_t out = config.channels[l], stride = config.strides[l];
      const std::string& name = config.layer_names[l];
      const at::Tensor bias = at::zeros({out});
      if (config.conv_bias) bias.copy_(part(name + ".bias"));
      const at::Tensor weight = part(name + ".weight").permute({2, 3, 1, 0}).contiguous();
      ConvolutionPass pass{.in = in,
                           .out = out,
                           .kernel = config.kernel,
                           .stride = stride,
                           .height = (height - 1) / stride + 1,
                           .width = (width - 1) / stride + 1,
                           .x_width = width + 2 * padding,
                           .weight = data(weight),
                           .bias = data(bias)};
      height = pass.height;
      width = pass.width;
      kept_.insert(kept_.end(), {weight, bias});
      if (!passes_.empty()) pass.x = data(maps_.back());
      if (l + 1 < config.channels.size()) {
        maps_.push_back(padded_map(1, height, width, out, padding)[0]);
        pass.y_width = width + 2 * padding;
        pass.y = data(maps_.back()) + padding * (pass.y_width + 1) * out;
      }
      passes_.push_back(pass);
      in = out;
    }
  }

  double operations() const {  // an image
    double sum = 0;
    for (const ConvolutionPass& p : passes_) {
      sum += 2.0 * static_cast<double>(p.height * p.width * p.out * p.kernel * p.kernel * p.in);
    }
    return sum;
  }

  // Of a padded image: each layer's channels averaged over its places, row `row` of means[layer]
  // [rows, channels].
  void run(const float* image, const std::vector<float*>& means, int64_t row) {
    passes_.front().x = image;
    for (size_t l = 0; l < passes_.size(); ++l) {
      passes_[l].means = means[l] + row * passes_[l].out;
      kernels_.relu_pass(passes_[l]);
    }
  }

 private:
  const ConvolutionKernels& kernels_;
  std::vector<ConvolutionPass> passes_;
  std::vector<at::Tensor> maps_;  // between two layers
  std::vector<at::Tensor> kept_;  // what the passes point to
};

}  // namespace

bool one_by_one_fits(const ConvNetConfig& config, const at::Tensor& theta,
                     const at::Tensor& inputs) {
  return theta.is_cpu() && theta.scalar_type() == at::kFloat && !wants_gradient(theta, inputs) &&
         config.activation == Activation::relu &&
         std::ranges::all_of(config.channels, [](int64_t n) { return n % kLanes == 0; });
}

std::vector<at::Tensor> channel_means_one_by_one(const ConvNetConfig& config, const Layout& layout,
                                                 const at::Tensor& theta,
                                                 const at::Tensor& inputs) {
  const int64_t networks = theta.size(0), images = inputs.size(0), padding = config.kernel / 2;
  const at::Tensor own = theta.detach();
  const int64_t channels = config.input[0], height = config.input[1], width = config.input[2];
  const at::Tensor seen = padded_map(images, height, width, channels, padding);
  seen.narrow(1, padding, height)
      .narrow(2, padding, width)
      .copy_(inputs.detach()
                 .to(at::kFloat)
                 .view({images, channels, height, width})
                 .permute({0, 2, 3, 1}));
  std::vector<at::Tensor> means;  // of each layer [networks, images, channels]
  std::vector<float*> to;
  for (const int64_t out : config.channels) {
    means.push_back(at::empty({networks, images, out}));
    to.push_back(data(means.back()));
  }
  const ConvolutionKernels& kernels = convolution_kernels(selected_isa());
  at::parallel_for(0, networks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      Passes passes(config, layout, own[k], kernels);
      announce_products(passes.operations() * static_cast<double>(images));
      for (int64_t b = 0; b < images; ++b) {
        passes.run(data(seen) + b * seen.stride(0), to, k * images + b);
      }
    }
  });
  for (at::Tensor& layer : means) layer = layer.transpose(1, 2).contiguous();
  return means;
}

}  // namespace saltus
