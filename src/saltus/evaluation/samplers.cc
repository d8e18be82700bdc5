#include <charconv>
#include <iterator>
#include <sstream>

#include "saltus/base/error.h"
#include "saltus/evaluation/sections.h"

namespace saltus {
namespace {

bool read_number(const std::string& word, int64_t& number) {
  const char* end = word.data() + word.size();
  const auto [last, code] = std::from_chars(word.data(), end, number);
  return code == std::errc() && last == end;
}

// "ddpm 20", or "ddim 3 400" to stop at timestep 400.
SamplerConfig sampler_of(const std::string& text) {
  std::istringstream stream(text);
  const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
  SamplerConfig sampler;
  bool sound = words.size() == 2 || words.size() == 3;
  if (sound) {
    sampler.method = words[0];
    sound = (sampler.method == "ddpm" || sampler.method == "ddim" || sampler.method == "dpm") &&
            read_number(words[1], sampler.evaluations) && sampler.evaluations >= 1;
  }
  if (sound && words.size() == 3) {
    sound = read_number(words[2], sampler.stop_at) && sampler.stop_at >= 0;
  }
  if (!sound) {
    fail(
        "evaluation.samplers: expected METHOD EVALUATIONS, or METHOD EVALUATIONS LAST-TIMESTEP, "
        "with ddpm, ddim or dpm, as in 'ddpm 20', found '{}'",
        text);
  }
  sampling_steps(sampler);  // throws when there are not so many different ones
  return sampler;
}

Json measure_sampler(const Bench& bench, const SamplerConfig& sampler) {
  EvaluationConfig config = bench.config;
  config.sampler = sampler;
  config.recalibrate = false;
  if (config.prompt_ranges.size() > 1) config.prompt_ranges.resize(1);
  config.starts = std::min(config.starts, config.sampler_starts);
  config.alignment_starts = std::min(config.alignment_starts, config.sampler_starts);
  EvaluationInputs inputs = bench.inputs;
  inputs.critic = nullptr;
  inputs.without_function_loss = nullptr;
  const Bench own(config, inputs, bench.job);
  Json best = one_update(own);
  best.erase("values");
  best["start"].erase("values");
  Json followed = alignment(own);
  followed.erase("rows");
  return {{"method", sampler.method},         {"evaluations", sampler.evaluations},
          {"stop_at", sampler.stop_at},       {"one_update", std::move(best)},
          {"alignment", std::move(followed)}, {"diversity", diversity(own)}};
}

}  // namespace

std::vector<SamplerConfig> configured_samplers(const EvaluationConfig& config) {
  std::vector<SamplerConfig> samplers;
  for (const std::string& text : config.samplers) samplers.push_back(sampler_of(text));
  return samplers;
}

void samplers(const Bench& bench, Json& section, const Save& save) {
  const std::vector<SamplerConfig> all = configured_samplers(bench.config);
  for (size_t i = section.size(); i < all.size() && !bench.job.stopped(); ++i) {
    section.push_back(measure_sampler(bench, all[i]));
    save();
  }
}

}  // namespace saltus
