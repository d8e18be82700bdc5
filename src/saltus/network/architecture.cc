#include "saltus/network/architecture.h"

#include "saltus/base/error.h"
#include "saltus/base/json.h"
#include "saltus/network/mlp.h"

namespace saltus {

std::shared_ptr<const Architecture> make_architecture(const Json& json) {
  const auto kind = json_get<std::string>(json, "kind", "architecture");
  if (kind == "mlp") return make_mlp(mlp_config_from_json(json));
  fail("architecture: key 'kind': expected mlp, found '{}'", kind);
}

}  // namespace saltus
