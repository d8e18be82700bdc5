#include "saltus/generator/generator.h"

#include "saltus/base/error.h"
#include "saltus/generator/presets.h"
#include "saltus/generator/tensor_file.h"

namespace saltus {
namespace {

constexpr const char* kGeneratorFormat = "saltus-generator/1";

}  // namespace

Generator::Generator(GeneratorDescription description, std::shared_ptr<Denoiser> denoiser)
    : description_(std::move(description)), denoiser_(std::move(denoiser)) {
  denoiser_->eval();
}

void Generator::save(const std::filesystem::path& file) const {
  const Json json = {{"format", kGeneratorFormat},
                     {"task", description_.task},
                     {"architecture", description_.architecture->to_json()},
                     {"metrics",
                      [&] {
                        Json metrics = Json::array();
                        for (const Metric& m : description_.metrics) metrics.push_back(m.to_json());
                        return metrics;
                      }()},
                     {"metric_low", description_.metric_low},
                     {"metric_high", description_.metric_high},
                     {"config", description_.config},
                     {"made_by", description_.made_by}};
  write_file(file, encode_tensors(state_of(*denoiser_), {{"saltus", json.dump()}}));
}

Generator Generator::load(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  const auto entry = file.metadata().find("saltus");
  if (entry == file.metadata().end()) {
    fail(
        "load {}: expected a generator ({} in the header's metadata), found a plain safetensors "
        "file; train one with `saltus train`",
        path.string(), kGeneratorFormat);
  }
  try {
    const Json json = Json::parse(entry->second);
    const auto format = json.at("format").get<std::string>();
    if (format != kGeneratorFormat) {
      fail("load {}: expected format {}, found {}", path.string(), kGeneratorFormat, format);
    }
    GeneratorDescription d;
    d.task = json.at("task").get<std::string>();
    d.architecture = make_architecture(json.at("architecture"));
    for (const Json& m : json.at("metrics")) d.metrics.push_back(Metric::from_json(m));
    d.metric_low = json.at("metric_low").get<std::vector<double>>();
    d.metric_high = json.at("metric_high").get<std::vector<double>>();
    d.config = json.at("config");
    d.made_by = json.at("made_by");
    Probes probes;
    if (const TensorView* inputs = file.find("probe_inputs")) {
      probes.fixed = tensor_of(*inputs);
      probes.transform = tensor_of(file.at("probe_transform"));
    }
    auto denoiser = make_denoiser(d, probes, 0);
    load_state(file, *denoiser);
    return Generator(std::move(d), std::move(denoiser));
  } catch (const nlohmann::json::exception& e) {
    fail("load {}: the description in the header is damaged: {}", path.string(), e.what());
  }
}

int64_t Generator::weights() const {
  int64_t count = 0;
  for (const at::Tensor& p : denoiser_->parameters()) count += p.numel();
  return count;
}

uint64_t Generator::hash() const { return state_hash(*denoiser_); }

UpdateRequest UpdateRequest::rows(int64_t first, int64_t count) const {
  if (first == 0 && count == theta.size(0)) return *this;
  UpdateRequest part;
  part.theta = theta.narrow(0, first, count);
  part.start_metric = start_metric.narrow(0, first, count);
  part.prompt = prompt.narrow(0, first, count);
  part.seed = seed;
  if (!noise.empty()) {
    part.noise.assign(noise.begin() + first, noise.begin() + first + count);
    return part;
  }
  for (int64_t row = first; row < first + count; ++row) {
    part.sample.push_back(sample.empty() ? row : sample[static_cast<size_t>(row)]);
  }
  return part;
}

at::Tensor Generator::update(const UpdateRequest& request, const SamplerConfig& sampler) const {
  const int64_t rows = request.theta.size(0);
  const int64_t parameters = description_.architecture->layout().parameters();
  check(request.theta.size(1) == parameters, "update: theta has P columns");
  check(request.sample.empty() || static_cast<int64_t>(request.sample.size()) == rows,
        "update: one sample number a row");
  check(request.noise.empty() || static_cast<int64_t>(request.noise.size()) == rows,
        "update: one noise a row");
  const torch::InferenceMode inference;

  // Each row has a stream of its own, so its noise does not depend on its company.
  std::vector<RowNoiseStream> streams;
  for (int64_t row = 0; row < rows; ++row) {
    const auto at = static_cast<size_t>(row);
    const int64_t sample = request.sample.empty() ? row : request.sample[at];
    streams.emplace_back(request.noise.empty() ? RowNoise{.seed = request.seed, .sample = sample}
                                               : request.noise[at]);
  }
  const int64_t dimension = denoiser_->dimension();
  const at::Device device = denoiser_->device();
  const at::Tensor theta = request.theta.to(device);
  const at::Tensor start_metric = request.start_metric.to(device);
  const at::Tensor prompt = request.prompt.to(device);
  const NoiseFunction noise = [&](int64_t) {
    at::Tensor z = at::empty({rows, dimension});
    for (int64_t row = 0; row < rows; ++row) {
      streams[static_cast<size_t>(row)].draw(
          {z.data_ptr<float>() + row * dimension, static_cast<size_t>(dimension)});
    }
    return z.to(device);
  };
  const DenoiseFunction denoise = [&](const at::Tensor& x, int64_t t) {
    return denoiser_->predict(x, theta,
                              {.timestep = at::full({rows}, t, theta.options().dtype(at::kLong)),
                               .start_metric = start_metric,
                               .target_metric = prompt});
  };
  return denoiser_->decode(sample(sampler, denoise, noise), theta).cpu();
}

}  // namespace saltus
