#include "saltus/workflow/cards.h"

#include <fmt/ranges.h>

#include "saltus/base/file.h"
#include "saltus/workflow/model_files.h"
#include "saltus/zoo/verify.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOwnership =
    "<!-- Written by saltus and again whenever the folder's content is; delete this line to keep "
    "your own text. -->";

// The metadata block. Names that a hub would read as YAML are quoted.
std::string front_matter(const std::string& license, const std::string& kind,
                         const std::string& task) {
  return fmt::format(
      "---\nlicense: \"{}\"\nlibrary_name: saltus\ntags:\n- saltus\n- weight-space-learning\n"
      "- {}\n- \"{}\"\n---\n{}\n\n",
      license, kind, task, kOwnership);
}

std::string thousands(int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), ",");
  }
  return text;
}

std::string layout_table(const Layout& layout) {
  std::string text = "| tensor | shape |\n| --- | --- |\n";
  for (const TensorSpec& tensor : layout.tensors()) {
    text += fmt::format("| `{}` | {} |\n", tensor.name, fmt::join(tensor.shape, " × "));
  }
  return text;
}

// The first and last row of a metric's course.
std::string metric_rows(const Json& metric) {
  std::string text;
  const Json& course = metric["course"];
  for (const size_t at : {size_t{0}, course.size() - 1}) {
    if (at >= course.size() || (at == 0 && course.size() == 1)) continue;
    const Json& point = course[at];
    text += fmt::format("| {} ({}, on {}) | {} | {:.4g} | {:.4g} | {:.4g} |\n",
                        metric["name"].get<std::string>(), metric["direction"].get<std::string>(),
                        metric["measured_on"].get<std::string>(),
                        thousands(point["iteration"].get<int64_t>()), point["p05"].get<double>(),
                        point["p50"].get<double>(), point["p95"].get<double>());
  }
  return text;
}

std::string example_prompt(const GeneratorDescription& description) {
  const Metric& metric = description.metrics.front();
  const double best =
      metric.maximise ? description.metric_high.front() : description.metric_low.front();
  return fmt::format("{}={:.4g}", metric.name, best);
}

}  // namespace

std::string zoo_card(const Zoo& zoo, const std::string& license) {
  const Json summary = zoo_summary(zoo);
  const ZooDescription& d = zoo.description();
  std::string text = front_matter(license, "model-zoo", d.task);
  text += fmt::format(
      "# A zoo of {} networks\n\n"
      "{} training runs of {} checkpoints each, every one with its metrics: {} networks of {} "
      "parameters.\n\n"
      "| | |\n| --- | --- |\n| task | {} |\n| runs | {} for training, {} for validation, {} for "
      "testing; {} dropped |\n| parameters | {} × {} |\n| size | {:.1f} MB |\n| hash | `{}` |\n\n",
      d.task, thousands(zoo.runs()), thousands(zoo.checkpoints()),
      thousands(zoo.runs() * zoo.checkpoints()), thousands(zoo.parameters()), d.task,
      thousands(summary["splits"]["train"].get<int64_t>()),
      thousands(summary["splits"]["validation"].get<int64_t>()),
      thousands(summary["splits"]["test"].get<int64_t>()), thousands(zoo.dropped()),
      thousands(zoo.parameters()), dtype_name(d.dtype), static_cast<double>(zoo.bytes()) / 1e6,
      summary["hash"].get<std::string>());
  text +=
      "## Metrics\n\nBefore training and at its end, over all runs.\n\n"
      "| metric | iteration | 5 % | median | 95 % |\n| --- | --- | --- | --- | --- |\n";
  for (const Json& metric : summary["metrics"]) text += metric_rows(metric);
  text += "\n## Networks\n\n" + layout_table(d.layout);
  text += fmt::format(
      "\n## Use\n\n"
      "```\nsaltus zoo info ZOO\nsaltus train --zoo ZOO -o generator\n"
      "saltus zoo export ZOO -o networks --format pt\n```\n\n"
      "Each file of `shards/` opens with safetensors: `parameters` [runs, checkpoints, "
      "parameters], `metrics`, `iteration`, `run`.\n\n"
      "## How it was made\n\n```json\n{}\n```\n",
      d.made_by.dump(2));
  return text;
}

std::string generator_card(const Generator& generator, const std::string& license) {
  const GeneratorDescription& d = generator.description();
  const Layout& layout = d.architecture->layout();
  std::string text = front_matter(license, "learned-optimizer", d.task);
  text += fmt::format(
      "# A generator of {} networks\n\n"
      "From a network of {} parameters, its metric and a prompt it samples better weights in one "
      "update: a diffusion model over checkpoints with {} weights of its own (Peebles et al. "
      "2022).\n\n## Prompts\n\n| metric | better | range in the zoo |\n| --- | --- | --- |\n",
      d.task, thousands(layout.parameters()), thousands(generator.weights()));
  for (size_t m = 0; m < d.metrics.size(); ++m) {
    text +=
        fmt::format("| {} | {} | {:.4g} to {:.4g} |\n", d.metrics[m].name,
                    d.metrics[m].maximise ? "higher" : "lower", d.metric_low[m], d.metric_high[m]);
  }
  text += fmt::format(
      "\nWhat updates score is measured by `saltus evaluate`, not stated here.\n\n"
      "## Use\n\n```\nsaltus update GENERATOR --from network.safetensors --prompt {} -o out\n"
      "```\n\n```python\nimport saltus\n\ngenerator = saltus.Generator.load(\"GENERATOR\")\n```\n\n"
      "## Networks\n\n{}\n## How it was made\n\n```json\n{}\n```\n",
      example_prompt(d), layout_table(layout),
      Json{{"made_by", d.made_by}, {"config", d.config}}.dump(2));
  return text;
}

void write_card(const fs::path& folder, const std::string& card) {
  const fs::path file = folder / "README.md";
  if (fs::exists(file) && read_file(file).find(kOwnership) == std::string::npos) return;
  write_file(file, card);
}

void write_zoo_card(const fs::path& folder, const std::string& license) {
  if (!fs::exists(folder / "zoo.json")) return;
  const Zoo zoo(folder);
  if (zoo.complete()) write_card(folder, zoo_card(zoo, license));
}

void write_generator_card(const fs::path& folder, const std::string& license) {
  write_card(folder, generator_card(Generator::load(model_file(folder)), license));
}

}  // namespace saltus
