#include "saltus/population/lockstep_gradient.h"

#include "saltus/network/convnet.h"
#include "saltus/network/mlp.h"
#include "saltus/population/autograd_gradient.h"
#include "saltus/population/convnet_gradient.h"
#include "saltus/population/mlp_gradient.h"

namespace saltus {

std::unique_ptr<LockstepGradient> make_lockstep_gradient(const Architecture& architecture,
                                                         at::ScalarType convolutions) {
  const Json json = architecture.to_json();
  if (json.at("kind") == "mlp") return make_mlp_gradient(mlp_config_from_json(json));
  if (json.at("kind") == "convnet") {
    return make_convnet_gradient(convnet_config_from_json(json), convolutions);
  }
  return make_autograd_gradient(architecture);
}

}  // namespace saltus
