// What a neural graph adds to the logits of attention between its tokens.
#pragma once

#include <torch/types.h>

namespace saltus {

// For the queries and keys named: weights [heads, F] times features [B, F, queries * keys], which
// take no gradient.
struct EdgeBias {
  at::Tensor weights, features;
  int64_t first_query = 0, queries = 0, first_key = 0, keys = 0;
};

}  // namespace saltus
