// Networks of which only the tensors are known: what they compute is their owner's business.
#pragma once

#include <memory>

#include "saltus/network/architecture.h"

namespace saltus {

// Layout and symmetry (which may have no groups) are all that a generator needs to learn from
// checkpoints and their metrics. `computes()` is false: inputs and outputs are not known, and
// `respond` is an Error.
std::shared_ptr<const Architecture> make_state_dict_network(Layout layout, Symmetry symmetry);

// {"kind": "state_dict", "layout": ..., "symmetry": ...}, as in zoo.json; Error names the key.
std::shared_ptr<const Architecture> state_dict_network_from_json(const Json& json);

}  // namespace saltus
