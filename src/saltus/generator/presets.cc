#include "saltus/generator/presets.h"

#include "saltus/base/error.h"
#include "saltus/generator/neural_graph_denoiser.h"
#include "saltus/generator/paper_denoiser.h"

namespace saltus {
namespace {

std::shared_ptr<Denoiser> make_default(const GeneratorDescription& d, const Probes& probes,
                                       uint64_t seed) {
  NeuralGraphConfig config;
  Options options;
  config.declare(options);
  options.load_json({{"generator", d.config.at("generator")}});
  return std::make_shared<NeuralGraphDenoiser>(config, d.architecture, d.metrics, probes, seed);
}

std::shared_ptr<Denoiser> make_paper(const GeneratorDescription& d, const Probes&, uint64_t seed) {
  PaperConfig config;
  Options options;
  config.declare(options, "paper");
  options.load_json({{"paper", d.config.at("paper")}});
  std::vector<int64_t> sizes;
  for (const TensorSpec& tensor : d.architecture->layout().tensors()) sizes.push_back(tensor.size);
  return std::make_shared<PaperDenoiser>(config, sizes, seed);
}

}  // namespace

std::shared_ptr<Denoiser> make_denoiser(const GeneratorDescription& description,
                                        const Probes& probes, uint64_t seed) {
  const auto preset = description.config.at("training").at("preset").get<std::string>();
  if (preset == "default") return make_default(description, probes, seed);
  if (preset == "paper") return make_paper(description, probes, seed);
  fail("generator: expected preset default or paper, found {}; did you mean {}?", preset,
       nearest_name(preset, {"default", "paper"}));
}

}  // namespace saltus
