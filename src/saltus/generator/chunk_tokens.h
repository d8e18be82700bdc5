// How the paper preset cuts its input vector into tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace saltus {

struct ChunkTokens {
  // layer_by_layer: a token a tensor. chunk: the whole vector cut blindly. chunk_within_input:
  // each of the six inputs on its own. chunk_within_layer: each tensor on its own.
  std::string policy = "layer_by_layer";
  int64_t chunk = 1000;  // largest token; layer_by_layer ignores it
};

// Token sizes; a remainder is always the last piece of what is cut.
struct TokenSizes {
  std::vector<int64_t> in;   // noised parameters, start parameters, then the scalar embeddings
  std::vector<int64_t> out;  // one parameter vector; what the first out.size() tokens predict
};

// `parameters`: sizes of the tensors of θ; `scalars` embeddings of `scalar_size` numbers each.
// Error for an unknown policy or a chunk < 1.
TokenSizes token_sizes(const ChunkTokens& tokens, const std::vector<int64_t>& parameters,
                       int64_t scalars, int64_t scalar_size);

}  // namespace saltus
