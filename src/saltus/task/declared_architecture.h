// From a declaration in a configuration to networks that fit a set of images.
#pragma once

#include <memory>

#include "saltus/network/architecture.h"
#include "saltus/task/task_config.h"

namespace saltus {

// `own` fills in when neither hidden nor channels are declared. shape: {C, H, W} of the images.
// Error naming the option when the declaration makes no network.
std::shared_ptr<const Architecture> declared_architecture(const ArchitectureConfig& declared,
                                                          const ArchitectureConfig& own,
                                                          const std::vector<int64_t>& shape,
                                                          int64_t classes);

}  // namespace saltus
