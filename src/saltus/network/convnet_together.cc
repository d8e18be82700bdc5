#include "saltus/network/convnet_together.h"

#include <torch/torch.h>

#include "saltus/network/autograd_gradient.h"

namespace saltus {
namespace {

// The tensor `name` of K networks theta [K, P], with the given shape.
at::Tensor tensor_of_all(const Layout& layout, const std::string& name, const at::Tensor& theta,
                         at::IntArrayRef shape) {
  const TensorSpec& spec = layout.at(name);
  return theta.narrow(1, spec.offset, spec.size).reshape(shape);
}

// What a kernel sees at each place: x [N, C, B, height, width] -> [N, C * kernel^2, B * places],
// zeros outside. (The library's im2col launches a kernel for each image on a GPU.)
class Unfold : public torch::autograd::Function<Unfold> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            int64_t kernel, int64_t stride) {
    context->saved_data["shape"] = x.sizes().vec();
    context->saved_data["kernel"] = kernel;
    context->saved_data["stride"] = stride;
    const int64_t padding = kernel / 2;
    const at::Tensor padded = at::constant_pad_nd(x, {padding, padding, padding, padding});
    const int64_t height = places(x.size(3), kernel, stride);
    const int64_t width = places(x.size(4), kernel, stride);
    at::Tensor unfolded =
        at::empty({x.size(0), x.size(1), kernel * kernel, x.size(2), height, width}, x.options());
    for (int64_t tap = 0; tap < kernel * kernel; ++tap) {
      unfolded.select(2, tap).copy_(seen_by(padded, tap, kernel, stride, height, width));
    }
    return unfolded.view({x.size(0), x.size(1) * kernel * kernel, -1});
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list given) {
    const std::vector<int64_t> shape = context->saved_data["shape"].toIntVector();
    const int64_t kernel = context->saved_data["kernel"].toInt();
    const int64_t stride = context->saved_data["stride"].toInt();
    const int64_t padding = kernel / 2;
    const int64_t height = places(shape[3], kernel, stride);
    const int64_t width = places(shape[4], kernel, stride);
    const at::Tensor unfolded =
        given[0].view({shape[0], shape[1], kernel * kernel, shape[2], height, width});
    at::Tensor padded =
        at::zeros({shape[0], shape[1], shape[2], shape[3] + 2 * padding, shape[4] + 2 * padding},
                  given[0].options());
    for (int64_t tap = 0; tap < kernel * kernel; ++tap) {
      seen_by(padded, tap, kernel, stride, height, width).add_(unfolded.select(2, tap));
    }
    return {padded.narrow(3, padding, shape[3]).narrow(4, padding, shape[4]), {}, {}};
  }

  static int64_t places(int64_t size, int64_t kernel, int64_t stride) {
    return (size + kernel / 2 * 2 - kernel) / stride + 1;
  }

 private:
  // What number `tap` of a kernel meets at each place: a view [N, C, B, height, width].
  static at::Tensor seen_by(const at::Tensor& padded, int64_t tap, int64_t kernel, int64_t stride,
                            int64_t height, int64_t width) {
    const int64_t y = tap / kernel, x = tap % kernel;
    return padded.slice(3, y, y + (height - 1) * stride + 1, stride)
        .slice(4, x, x + (width - 1) * stride + 1, stride);
  }
};

}  // namespace

Responses respond_together(const ConvNetConfig& config, const Layout& layout,
                           const at::Tensor& theta, const at::Tensor& inputs,
                           at::ScalarType convolutions) {
  const int64_t networks = theta.size(0), batch = inputs.size(0), kernel = config.kernel;
  Responses responses;
  int64_t in = config.input[0], height = config.input[1], width = config.input[2];
  // Maps [K, channels, B, height, width], so that a layer is one product a network; at first what
  // all networks see, [1, ...], so that the first layer is one product for all.
  at::Tensor x =
      inputs.to(convolutions).view({batch, in, height, width}).transpose(0, 1).unsqueeze(0);
  for (size_t l = 0; l < config.channels.size(); ++l) {
    const std::string& name = config.layer_names[l];
    const int64_t out = config.channels[l], fan_in = in * kernel * kernel;
    const at::Tensor seen = Unfold::apply(x, kernel, config.strides[l]);
    height = Unfold::places(height, kernel, config.strides[l]);
    width = Unfold::places(width, kernel, config.strides[l]);
    const at::Tensor weight =
        tensor_of_all(layout, name + ".weight", theta, {networks, out, fan_in}).to(convolutions);
    x = l == 0 ? at::mm(weight.reshape({networks * out, fan_in}), seen[0]) : at::bmm(weight, seen);
    x = x.view({networks, out, batch, height * width});
    if (config.conv_bias) {
      x = x + tensor_of_all(layout, name + ".bias", theta, {networks, out, 1, 1}).to(convolutions);
    }
    x = activate(config.activation, x);
    responses.hidden.push_back(x.mean(3, false, theta.scalar_type()));
    x = x.view({networks, out, batch, height, width});
    in = out;
  }
  const std::string& last = config.layer_names.back();
  responses.output =
      at::baddbmm(tensor_of_all(layout, last + ".bias", theta, {networks, config.classes, 1}),
                  tensor_of_all(layout, last + ".weight", theta, {networks, config.classes, in}),
                  responses.hidden.back());
  return responses;
}

std::unique_ptr<LockstepGradient> make_convnet_together_gradient(const ConvNetConfig& config,
                                                                 at::ScalarType convolutions) {
  return make_together_gradient([config, convolutions, layout = make_convnet(config)->layout()](
                                    const at::Tensor& theta, const at::Tensor& inputs) {
    return respond_together(config, layout, theta, inputs, convolutions).output;
  });
}

}  // namespace saltus
