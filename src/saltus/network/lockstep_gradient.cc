#include "saltus/network/lockstep_gradient.h"

#include <ATen/Functions.h>

#include "saltus/network/autograd_gradient.h"
#include "saltus/network/convnet.h"
#include "saltus/network/convnet_gradient.h"
#include "saltus/network/convnet_together.h"
#include "saltus/network/mlp.h"
#include "saltus/network/mlp_gradient.h"

namespace saltus {

OutputSlope cross_entropy_slope(const at::Tensor& labels) {
  // (softmax - one-hot) / B; the latter is the same for all networks.
  return [labels, target = at::Tensor()](const at::Tensor& outputs, at::Tensor& slope) mutable {
    if (!target.defined()) {
      target = at::zeros({outputs.size(1), outputs.size(2)}, outputs.options());
      target.scatter_(0, labels.unsqueeze(0), 1);
    }
    at::_softmax_out(slope, outputs, 1, /*half_to_float=*/false);
    slope.sub_(target).mul_(1.0 / static_cast<double>(outputs.size(2)));
  };
}

std::unique_ptr<LockstepGradient> make_lockstep_gradient(const Architecture& architecture,
                                                         const LockstepOptions& options) {
  const Json json = architecture.to_json();
  if (json.at("kind") == "mlp") {
    return make_mlp_gradient(mlp_config_from_json(json),
                             options.sparse_inputs && options.device.is_cpu());
  }
  if (json.at("kind") == "convnet") {
    const ConvNetConfig config = convnet_config_from_json(json);
    return options.device.is_cpu() ? make_convnet_gradient(config, options.convolutions)
                                   : make_convnet_together_gradient(config, options.convolutions);
  }
  return make_autograd_gradient(architecture);
}

}  // namespace saltus
