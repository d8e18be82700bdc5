// Architectures as users name them.
#pragma once

#include <memory>
#include <string>

#include "saltus/network/architecture.h"

namespace saltus {

// "cartpole", "mnist" and "cifar10" are the networks of these tasks in the literature; any other
// text is a JSON file with an architecture as in zoo.json. Error with the nearest name.
std::shared_ptr<const Architecture> named_architecture(const std::string& text);

}  // namespace saltus
