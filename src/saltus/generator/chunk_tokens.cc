#include "saltus/generator/chunk_tokens.h"

#include <algorithm>
#include <numeric>

#include "saltus/base/error.h"

namespace saltus {
namespace {

using Sizes = std::vector<int64_t>;

int64_t total(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
}

Sizes cut_each(const Sizes& pieces, int64_t chunk) {
  Sizes out;
  for (int64_t left : pieces)
    for (; left > 0; left -= chunk) out.push_back(std::min(left, chunk));
  return out;
}

}  // namespace

TokenSizes token_sizes(const ChunkTokens& tokens, const Sizes& parameters, int64_t scalars,
                       int64_t scalar_size) {
  if (tokens.policy != "layer_by_layer" && tokens.chunk < 1)
    fail("tokens: expected a chunk size of at least 1, found {}", tokens.chunk);

  Sizes pieces = parameters;  // every tensor of the input vector on its own
  pieces.insert(pieces.end(), parameters.begin(), parameters.end());
  pieces.insert(pieces.end(), static_cast<size_t>(scalars), scalar_size);
  if (tokens.policy == "layer_by_layer") return {pieces, parameters};
  if (tokens.policy == "chunk_within_layer")
    return {cut_each(pieces, tokens.chunk), cut_each(parameters, tokens.chunk)};

  const int64_t size = total(parameters);
  const Sizes out = cut_each({size}, tokens.chunk);
  if (tokens.policy == "chunk") return {cut_each({total(pieces)}, tokens.chunk), out};
  if (tokens.policy == "chunk_within_input") {
    Sizes inputs{size, size};
    inputs.insert(inputs.end(), static_cast<size_t>(scalars), scalar_size);
    return {cut_each(inputs, tokens.chunk), out};
  }
  fail(
      "tokens: expected a policy among layer_by_layer, chunk, chunk_within_input, "
      "chunk_within_layer, found '{}'",
      tokens.policy);
}

}  // namespace saltus
