#include "golden.h"

#include <algorithm>
#include <cstdlib>

#include "saltus/base/error.h"
#include "saltus/base/safetensors.h"

namespace saltus::golden {

std::filesystem::path folder() {
  const char* chosen = std::getenv("SALTUS_GOLDEN");
  return chosen != nullptr && *chosen != 0 ? chosen : SALTUS_SOURCE_DIR "/tests/golden";
}

std::vector<std::string> files(const std::string& prefix) {
  std::vector<std::string> names;
  if (std::filesystem::is_directory(folder()))
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      const std::string name = entry.path().filename();
      if (name.starts_with(prefix) && name.ends_with(".safetensors")) names.push_back(name);
    }
  if (names.empty()) names.push_back(prefix + "_missing.safetensors");
  std::ranges::sort(names);
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& file) {
  std::string name = std::filesystem::path(file.param).stem();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

Fixture::Fixture(const std::string& name) : name_(name) {
  const SafetensorsFile file(folder() / name);
  for (const TensorView& view : file.tensors()) {
    at::ScalarType type = at::kFloat;
    if (view.dtype == Dtype::F64) type = at::kDouble;
    if (view.dtype == Dtype::I64) type = at::kLong;
    if (view.dtype == Dtype::U8) type = at::kByte;
    at::Tensor tensor = at::empty(view.shape, type);
    if (tensor.nbytes() != view.bytes.size())
      fail("{}: {} has an unexpected type {}", name, view.name, dtype_name(view.dtype));
    std::memcpy(tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
    tensors_.emplace(view.name, tensor);
  }
  metadata_ = file.metadata();
  config_ = header("config");
}

at::Tensor Fixture::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) fail("{}: no tensor is called '{}'", name_, name);
  return found->second;
}

std::vector<int64_t> Fixture::integers(const std::string& name) const {
  const at::Tensor t = at(name).contiguous();
  return {t.const_data_ptr<int64_t>(), t.const_data_ptr<int64_t>() + t.numel()};
}

std::vector<double> Fixture::doubles(const std::string& name) const {
  const at::Tensor t = at(name).to(at::kDouble).contiguous();
  return {t.const_data_ptr<double>(), t.const_data_ptr<double>() + t.numel()};
}

std::map<std::string, at::Tensor> Fixture::group(const std::string& prefix) const {
  std::map<std::string, at::Tensor> out;
  for (const auto& [name, tensor] : tensors_)
    if (name.starts_with(prefix)) out.emplace(name.substr(prefix.size()), tensor);
  return out;
}

std::vector<std::string> Fixture::branches(const std::string& prefix) const {
  std::vector<std::string> out;
  for (const auto& [name, tensor] : group(prefix)) {
    const std::string branch = name.substr(0, name.find('.'));
    if (out.empty() || out.back() != branch) out.push_back(branch);
  }
  return out;
}

Json Fixture::header(const std::string& key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) fail("{}: the header has no entry '{}'", name_, key);
  return Json::parse(found->second);
}

namespace {

testing::AssertionResult compare(const at::Tensor& yours, const at::Tensor& stored, double limit,
                                 bool relative) {
  if (yours.sizes() != stored.sizes())
    return testing::AssertionFailure()
           << "shapes differ: " << fmt::format("[{}]", fmt::join(yours.sizes(), ",")) << " and "
           << fmt::format("[{}]", fmt::join(stored.sizes(), ","));
  if (stored.numel() == 0) return testing::AssertionFailure() << "nothing to compare";
  const at::Tensor reference = stored.detach().to(at::kDouble);
  const double deviation = (yours.detach().to(at::kDouble) - reference).abs().max().item<double>();
  const double allowed = relative ? limit * reference.abs().max().item<double>() : limit;
  if (deviation <= allowed) return testing::AssertionSuccess();  // false for NaN
  return testing::AssertionFailure() << "deviation " << deviation << ", allowed " << allowed;
}

}  // namespace

testing::AssertionResult within(const at::Tensor& yours, const at::Tensor& stored, double limit) {
  return compare(yours, stored, limit, false);
}

testing::AssertionResult within_relative(const at::Tensor& yours, const at::Tensor& stored,
                                         double limit) {
  return compare(yours, stored, limit, true);
}

testing::AssertionResult same(const at::Tensor& yours, const at::Tensor& stored) {
  return compare(yours, stored, 0, false);
}

std::vector<int64_t> parameter_sizes(const Json& config) {
  if (config.contains("parameter_sizes"))
    return config.at("parameter_sizes").get<std::vector<int64_t>>();
  static const std::map<std::string, std::vector<int64_t>> known = {
      {"mnist", {7840, 10, 100, 10}},
      {"cartpole", {1, 128, 32, 1024, 32, 32, 1}},
      {"cifar10", {432, 4608, 320, 10}},
  };
  const auto found = known.find(config.at("dataset").get<std::string>());
  if (found == known.end()) fail("fixture: unknown dataset {}", config.at("dataset").dump());
  return found->second;
}

std::shared_ptr<PaperDenoiser> paper_denoiser(const Json& config,
                                              const std::map<std::string, at::Tensor>& weights,
                                              const at::Tensor& frequencies) {
  PaperConfig paper;
  paper.tokens.policy = config.at("split_policy").get<std::string>();
  paper.tokens.chunk = config.at("chunk_size").get<int64_t>();
  paper.transformer.width = config.at("n_embd").get<int64_t>();
  paper.transformer.layers = config.at("n_layer").get<int64_t>();
  paper.transformer.heads = config.at("n_head").get<int64_t>();
  paper.frequencies = config.at("num_frequencies").get<int64_t>();
  paper.max_frequency_log2 = config.at("max_freq_log2").get<int64_t>();
  auto denoiser = std::make_shared<PaperDenoiser>(paper, parameter_sizes(config), 0);

  const torch::NoGradGuard no_gradient;
  auto parameters = denoiser->named_parameters();
  for (const auto& [name, value] : weights) {
    if (!parameters.contains(name)) fail("fixture: unexpected weight {}", name);
    if (parameters[name].sizes() != value.sizes()) fail("fixture: misshapen weight {}", name);
    parameters[name].copy_(value);
  }
  if (weights.size() != parameters.size())
    fail("fixture: {} weights for {} parameters", weights.size(), parameters.size());
  denoiser->named_buffers()["scalar_embedder.frequencies"].copy_(frequencies);
  return denoiser;
}

NoiseFunction table_noise(const at::Tensor& table, int64_t rows, int64_t columns,
                          int64_t first_draw) {
  return [=](int64_t k) {
    const at::Tensor place = at::arange(rows * columns, at::kLong) + 613 * (k + first_draw);
    return table.index_select(0, place.remainder(8191)).view({rows, columns});
  };
}

}  // namespace saltus::golden
