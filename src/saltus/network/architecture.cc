#include "saltus/network/architecture.h"

#include "saltus/base/error.h"
#include "saltus/base/json.h"
#include "saltus/network/convnet.h"
#include "saltus/network/mlp.h"
#include "saltus/network/state_dict_network.h"
#include "saltus/network/vector_math.h"

namespace saltus {

Architecture::Architecture() { settle_vector_math(); }

int64_t Architecture::input_size() const {
  int64_t size = 1;
  for (const int64_t n : input_shape()) size *= n;
  return size;
}

void check_evaluation(const Architecture& architecture, const at::Tensor& theta,
                      const at::Tensor& inputs) {
  const int64_t parameters = architecture.layout().parameters();
  if (theta.dim() != 2 || theta.size(1) != parameters) {
    fail("evaluate networks: expected parameters [K, {}], found [{}]", parameters,
         fmt::join(theta.sizes(), ", "));
  }
  const int64_t size = architecture.input_size();
  if (inputs.dim() != 2 || inputs.size(1) != size) {
    fail("evaluate networks: expected inputs [B, {}], found [{}]", size,
         fmt::join(inputs.sizes(), ", "));
  }
}

std::shared_ptr<const Architecture> make_architecture(const Json& json) {
  const auto kind = json_get<std::string>(json, "kind", "architecture");
  if (kind == "mlp") return make_mlp(mlp_config_from_json(json));
  if (kind == "convnet") return make_convnet(convnet_config_from_json(json));
  if (kind == "state_dict") return state_dict_network_from_json(json);
  fail("architecture: key 'kind': expected mlp, convnet or state_dict, found '{}'", kind);
}

}  // namespace saltus
