// The JSON form of a multi-layer perceptron (see architecture.h for the network itself).
#pragma once

#include "saltus/network/architecture.h"

namespace saltus {

Json mlp_to_json(const MlpConfig& config);
MlpConfig mlp_config_from_json(const Json& json);  // Error names the key

}  // namespace saltus
