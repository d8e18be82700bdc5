#include "saltus/task/declared_architecture.h"

#include "saltus/base/error.h"
#include "saltus/network/convnet.h"

namespace saltus {
namespace {

std::shared_ptr<const Architecture> declared_mlp(const ArchitectureConfig& declared,
                                                 const std::vector<int64_t>& shape,
                                                 int64_t classes) {
  MlpConfig config;
  config.sizes = {shape[0] * shape[1] * shape[2]};
  config.sizes.insert(config.sizes.end(), declared.hidden.begin(), declared.hidden.end());
  config.sizes.push_back(classes);
  config.activation = activation_of_name(declared.activation, "architecture");
  for (size_t l = 1; l < config.sizes.size(); ++l) {
    config.layer_names.push_back(fmt::format("fc{}", l));
  }
  return make_mlp(config);
}

std::shared_ptr<const Architecture> declared_convnet(const ArchitectureConfig& declared,
                                                     const std::vector<int64_t>& shape,
                                                     int64_t classes) {
  ConvNetConfig config;
  config.input = shape;
  config.channels = declared.channels;
  config.strides = declared.strides;
  if (config.strides.empty()) {
    config.strides.assign(config.channels.size(), 1);
    config.strides.front() = 2;
  }
  config.classes = classes;
  config.activation = activation_of_name(declared.activation, "architecture");
  for (size_t l = 1; l <= config.channels.size(); ++l) {
    config.layer_names.push_back(fmt::format("conv{}", l));
  }
  config.layer_names.emplace_back("fc");
  return make_convnet(config);
}

}  // namespace

std::shared_ptr<const Architecture> declared_architecture(const ArchitectureConfig& declared,
                                                          const ArchitectureConfig& own,
                                                          const std::vector<int64_t>& shape,
                                                          int64_t classes) {
  if (!declared.hidden.empty() && !declared.channels.empty()) {
    fail(
        "architecture: expected hidden layers of an MLP or channels of a ConvNet, found both; "
        "leave out architecture.hidden or architecture.channels");
  }
  ArchitectureConfig config = declared;
  if (config.hidden.empty() && config.channels.empty()) {
    config.hidden = own.hidden;
    config.channels = own.channels;
  }
  if (config.channels.empty()) {
    if (!config.strides.empty()) {
      fail(
          "architecture.strides: expected none for an MLP, found [{}]; declare "
          "architecture.channels for a ConvNet",
          fmt::join(config.strides, ", "));
    }
    return declared_mlp(config, shape, classes);
  }
  if (!config.strides.empty() && config.strides.size() != config.channels.size()) {
    fail(
        "architecture.strides: expected {} strides, one for each of architecture.channels [{}], "
        "found [{}]",
        config.channels.size(), fmt::join(config.channels, ", "), fmt::join(config.strides, ", "));
  }
  return declared_convnet(config, shape, classes);
}

}  // namespace saltus
