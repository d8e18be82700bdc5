#include "saltus/generator/official_checkpoint.h"

#include <algorithm>
#include <cstring>

#include "saltus/base/error.h"

namespace saltus {

OfficialCheckpoint::OfficialCheckpoint(const std::filesystem::path& path) : zip_(path) {
  constexpr std::string_view pickle = "/data.pkl";
  for (const std::string& name : zip_.names())
    if (name.ends_with(pickle)) prefix_ = name.substr(0, name.size() - pickle.size());
  if (prefix_.empty())
    fail("official checkpoint: {} has no data.pkl; expected a file written by torch.save",
         path.string());
  if (const std::string order = prefix_ + "/byteorder"; zip_.has(order)) {
    const auto bytes = zip_.read(order);
    const std::string found(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (found != "little")
      fail("official checkpoint: expected little-endian numbers, found '{}' in {}", found,
           path.string());
  }
  root_ = decode_pickle(zip_.read(prefix_ + std::string(pickle)), path.string());
  dictionary(*root_, "the whole file");
}

const PickleDictionary& OfficialCheckpoint::dictionary(const PickleValue& value,
                                                       std::string_view what) const {
  const auto* found = std::get_if<PickleDictionary>(&value.data);
  if (found == nullptr)
    fail("official checkpoint: expected a dictionary for {}, found something else in {}", what,
         zip_.path().string());
  return *found;
}

const PickleValue& OfficialCheckpoint::member(const PickleValue& value,
                                              std::string_view key) const {
  std::vector<std::string> present;
  for (const auto& [name, item] : dictionary(value, key).items) {
    const auto* text = std::get_if<std::string>(&name->data);
    if (text != nullptr && *text == key) return *item;
    if (text != nullptr) present.push_back(*text);
  }
  fail("official checkpoint: expected an entry '{}', found {} in {}", key,
       fmt::format("{}", fmt::join(present, ", ")), zip_.path().string());
}

at::Tensor OfficialCheckpoint::read(const PickleTensor& tensor) const {
  const auto bytes = zip_.read(prefix_ + "/data/" + tensor.storage);
  const auto elements = static_cast<int64_t>(bytes.size() / sizeof(float));
  int64_t last = tensor.offset;  // index of the last element of the storage that is used
  bool fits = bytes.size() % sizeof(float) == 0 && tensor.offset >= 0 &&
              tensor.shape.size() == tensor.strides.size() && elements == tensor.storage_elements;
  bool empty = false;
  for (size_t d = 0; fits && d < tensor.shape.size(); ++d) {
    const int64_t size = tensor.shape[d], stride = tensor.strides[d];
    empty = empty || size == 0;
    // Each factor is bounded by the storage first, so that the product cannot overflow.
    fits = size >= 0 && stride >= 0 && size <= elements && stride <= elements;
    if (fits && size > 0) fits = (last += (size - 1) * stride) < elements;
  }
  if (!fits || (!empty && last >= elements))
    fail(
        "official checkpoint: a tensor of shape [{}] does not fit its storage '{}' of {} bytes in "
        "{}",
        fmt::format("{}", fmt::join(tensor.shape, ",")), tensor.storage, bytes.size(),
        zip_.path().string());
  at::Tensor storage = at::empty({elements}, at::kFloat);
  std::memcpy(storage.mutable_data_ptr(), bytes.data(), bytes.size());
  return storage.as_strided(tensor.shape, tensor.strides, tensor.offset).contiguous();
}

StateDict OfficialCheckpoint::state_dict(const std::string& which) const {
  StateDict out;
  for (const auto& [key, value] : dictionary(member(*root_, which), which).items) {
    const auto* name = std::get_if<std::string>(&key->data);
    const auto* tensor = std::get_if<PickleTensor>(&value->data);
    if (name == nullptr || tensor == nullptr)
      fail("official checkpoint: expected names and tensors in '{}', found something else in {}",
           which, zip_.path().string());
    out.emplace_back(*name, read(*tensor));
  }
  return out;
}

bool OfficialCheckpoint::has_optimiser() const {
  return std::ranges::any_of(dictionary(*root_, "the whole file").items, [](const auto& item) {
    const auto* name = std::get_if<std::string>(&item.first->data);
    return name != nullptr && *name == "optim";
  });
}

std::vector<OfficialMoments> OfficialCheckpoint::moments() const {
  const auto& state = dictionary(member(member(*root_, "optim"), "state"), "the optimiser");
  std::vector<OfficialMoments> out(state.items.size());
  for (const auto& [key, value] : state.items) {
    const auto* index = std::get_if<int64_t>(&key->data);
    if (index == nullptr || *index < 0 || *index >= static_cast<int64_t>(out.size()))
      fail(
          "official checkpoint: expected the optimiser's state under 0 to {}, found another key "
          "in {}",
          out.size() - 1, zip_.path().string());
    const auto tensor = [&](std::string_view name) {
      const auto* found = std::get_if<PickleTensor>(&member(*value, name).data);
      if (found == nullptr)
        fail("official checkpoint: expected a tensor for '{}', found something else in {}", name,
             zip_.path().string());
      return read(*found);
    };
    OfficialMoments& entry = out[static_cast<size_t>(*index)];
    // Older files count steps by a plain integer, newer ones by a tensor.
    const auto* count = std::get_if<int64_t>(&member(*value, "step").data);
    entry.step = count != nullptr ? *count : static_cast<int64_t>(tensor("step").item<float>());
    entry.exp_avg = tensor("exp_avg");
    entry.exp_avg_sq = tensor("exp_avg_sq");
  }
  return out;
}

double OfficialCheckpoint::learning_rate() const {
  const PickleValue& groups = member(member(*root_, "optim"), "param_groups");
  const auto* list = std::get_if<PickleSequence>(&groups.data);
  if (list == nullptr || list->items.empty())
    fail("official checkpoint: expected parameter groups, found none in {}", zip_.path().string());
  const PickleValue& rate = member(*list->items.front(), "lr");
  if (const auto* whole = std::get_if<int64_t>(&rate.data)) return static_cast<double>(*whole);
  if (const auto* value = std::get_if<double>(&rate.data)) return *value;
  fail("official checkpoint: expected a number for 'lr', found something else in {}",
       zip_.path().string());
}

std::shared_ptr<PaperDenoiser> denoiser_from_state_dict(const StateDict& state, PaperConfig config,
                                                        const std::vector<int64_t>& parameters) {
  int64_t blocks = 0;
  for (const auto& [name, value] : state) {
    if (name == "decoder.ln_f.weight" && value.dim() == 1) config.transformer.width = value.size(0);
    if (name == "scalar_embedder.frequencies" && value.dim() == 1)
      config.frequencies = value.size(0);
    if (name.starts_with("decoder.blocks.") && name.ends_with(".ln1.weight")) ++blocks;
  }
  config.transformer.layers = blocks;
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
