#include "saltus/generator/official_checkpoint.h"

#include <algorithm>

#include "saltus/base/error.h"

namespace saltus {

OfficialCheckpoint::OfficialCheckpoint(const std::filesystem::path& path) : archive_(path) {
  dictionary(archive_.pickle().root(), "the whole file");
}

const PickleDictionary& OfficialCheckpoint::dictionary(const PickleValue& value,
                                                       std::string_view what) const {
  const auto* found = std::get_if<PickleDictionary>(&value.data);
  if (found == nullptr)
    fail("official checkpoint: expected a dictionary for {}, found something else in {}", what,
         archive_.path().string());
  return *found;
}

const PickleValue& OfficialCheckpoint::member(const PickleValue& value,
                                              std::string_view key) const {
  const Pickle& pickle = archive_.pickle();
  std::vector<std::string> present;
  for (const auto& [name, item] : dictionary(value, key).items) {
    const auto* text = pickle.get_if<std::string_view>(name);
    if (text != nullptr && *text == key) return pickle.at(item);
    if (text != nullptr) present.emplace_back(*text);
  }
  fail("official checkpoint: expected an entry '{}', found {} in {}", key,
       fmt::format("{}", fmt::join(present, ", ")), archive_.path().string());
}

at::Tensor OfficialCheckpoint::read(const PickleTensor& tensor, const std::string& name) const {
  const StridedTensor stored = archive_.tensor(tensor, name);
  if (stored.dtype != Dtype::F32) {
    fail("official checkpoint: expected F32 for '{}', found {} in {}", name,
         dtype_name(stored.dtype), archive_.path().string());
  }
  at::Tensor values = at::empty(stored.shape, at::kFloat);
  copy_elements(stored, static_cast<std::byte*>(values.mutable_data_ptr()));
  return values;
}

StateDict OfficialCheckpoint::state_dict(const std::string& which) const {
  StateDict out;
  for (const auto& [key, value] :
       dictionary(member(archive_.pickle().root(), which), which).items) {
    const auto* name = archive_.pickle().get_if<std::string_view>(key);
    const auto* tensor = archive_.pickle().get_if<PickleTensor>(value);
    if (name == nullptr || tensor == nullptr)
      fail("official checkpoint: expected names and tensors in '{}', found something else in {}",
           which, archive_.path().string());
    out.emplace_back(*name, read(*tensor, std::string(*name)));
  }
  return out;
}

bool OfficialCheckpoint::has_optimiser() const {
  return std::ranges::any_of(
      dictionary(archive_.pickle().root(), "the whole file").items, [&](const auto& item) {
        const auto* name = archive_.pickle().get_if<std::string_view>(item.first);
        return name != nullptr && *name == "optim";
      });
}

std::vector<OfficialMoments> OfficialCheckpoint::moments() const {
  const auto& state =
      dictionary(member(member(archive_.pickle().root(), "optim"), "state"), "the optimiser");
  std::vector<OfficialMoments> out(state.items.size());
  for (const auto& [key, value] : state.items) {
    const PickleValue& entries = archive_.pickle().at(value);
    const auto* index = archive_.pickle().get_if<int64_t>(key);
    if (index == nullptr || *index < 0 || *index >= static_cast<int64_t>(out.size()))
      fail(
          "official checkpoint: expected the optimiser's state under 0 to {}, found another key "
          "in {}",
          out.size() - 1, archive_.path().string());
    const auto tensor = [&](std::string_view name) {
      const auto* found = std::get_if<PickleTensor>(&member(entries, name).data);
      if (found == nullptr)
        fail("official checkpoint: expected a tensor for '{}', found something else in {}", name,
             archive_.path().string());
      return read(*found, std::string(name));
    };
    OfficialMoments& entry = out[static_cast<size_t>(*index)];
    // Older files count steps by a plain integer, newer ones by a tensor.
    const auto* count = std::get_if<int64_t>(&member(entries, "step").data);
    entry.step = count != nullptr ? *count : static_cast<int64_t>(tensor("step").item<float>());
    entry.exp_avg = tensor("exp_avg");
    entry.exp_avg_sq = tensor("exp_avg_sq");
  }
  return out;
}

double OfficialCheckpoint::learning_rate() const {
  const PickleValue& groups = member(member(archive_.pickle().root(), "optim"), "param_groups");
  const auto* list = std::get_if<PickleSequence>(&groups.data);
  if (list == nullptr || list->items.empty())
    fail("official checkpoint: expected parameter groups, found none in {}",
         archive_.path().string());
  const PickleValue& rate = member(archive_.pickle().at(list->items.front()), "lr");
  if (const auto* whole = std::get_if<int64_t>(&rate.data)) return static_cast<double>(*whole);
  if (const auto* value = std::get_if<double>(&rate.data)) return *value;
  fail("official checkpoint: expected a number for 'lr', found something else in {}",
       archive_.path().string());
}

PaperConfig config_of_state_dict(const StateDict& state, PaperConfig config) {
  int64_t blocks = 0;
  for (const auto& [name, value] : state) {
    if (name == "decoder.ln_f.weight" && value.dim() == 1) config.transformer.width = value.size(0);
    if (name == "scalar_embedder.frequencies" && value.dim() == 1)
      config.frequencies = value.size(0);
    if (name.starts_with("decoder.blocks.") && name.ends_with(".ln1.weight")) ++blocks;
  }
  config.transformer.layers = blocks;
  return config;
}

std::vector<ChunkTokens> tokens_of_state_dict(const StateDict& state,
                                              const std::vector<int64_t>& parameters) {
  std::vector<int64_t> found;  // sizes of the tokens that the weights take
  for (int64_t i = 0;; ++i) {
    const std::string name = fmt::format("decoder.input_parameter_projections.{}.0.weight", i);
    const auto weight =
        std::ranges::find(state, name, [](const auto& entry) { return entry.first; });
    if (weight == state.end() || weight->second.dim() != 2) break;
    found.push_back(weight->second.size(1));
  }
  std::vector<ChunkTokens> fitting;
  if (found.empty()) return fitting;
  const int64_t largest = *std::ranges::max_element(found);
  const int64_t scalar = 2 * config_of_state_dict(state, {}).frequencies + 1;
  for (const char* policy :
       {"layer_by_layer", "chunk_within_layer", "chunk_within_input", "chunk"}) {
    const ChunkTokens tokens{.policy = policy, .chunk = largest};
    if (token_sizes(tokens, parameters, 4, scalar).in == found) fitting.push_back(tokens);
  }
  return fitting;
}

std::shared_ptr<PaperDenoiser> denoiser_from_state_dict(const StateDict& state, PaperConfig config,
                                                        const std::vector<int64_t>& parameters) {
  config = config_of_state_dict(state, config);
  auto denoiser = std::make_shared<PaperDenoiser>(config, parameters, 0);

  auto wanted = denoiser->named_parameters();
  for (const auto& buffer : denoiser->named_buffers()) wanted.insert(buffer.key(), buffer.value());
  std::vector<std::string> faults;
  const torch::NoGradGuard no_gradient;
  for (const auto& [name, value] : state) {
    at::Tensor* place = wanted.find(name);
    if (place == nullptr) {
      faults.push_back(name + " is unexpected");
    } else if (place->sizes() != value.sizes()) {
      faults.push_back(fmt::format("{} has shape [{}] instead of [{}]", name,
                                   fmt::join(value.sizes(), ","), fmt::join(place->sizes(), ",")));
    } else {
      place->copy_(value);
    }
  }
  for (const auto& entry : wanted)
    if (std::ranges::none_of(state, [&](const auto& s) { return s.first == entry.key(); }))
      faults.push_back(entry.key() + " is missing");
  if (!faults.empty())
    fail(
        "official checkpoint: the weights do not fit the generator's sizes and tokens ({}, {} "
        "parameters): {}",
        config.tokens.policy, parameters.size(), fmt::format("{}", fmt::join(faults, "; ")));
  return denoiser;
}

}  // namespace saltus
