#include "named_architecture.h"

#include <filesystem>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/network/convnet.h"
#include "saltus/network/mlp.h"

namespace saltus {

std::shared_ptr<const Architecture> named_architecture(const std::string& text) {
  if (text == "cartpole") return make_mlp(cartpole_actor());
  if (text == "mnist") return make_mlp(mnist_mlp());
  if (text == "cifar10") return make_convnet(cifar10_convnet());
  if (!std::filesystem::exists(text)) {
    fail("--architecture {}: expected cartpole, mnist, cifar10 or a JSON file; did you mean {}?",
         text, nearest_name(text, {"cartpole", "mnist", "cifar10"}));
  }
  return make_architecture(parse_json(read_file(text), text));
}

}  // namespace saltus
