#include "update_output.h"

#include <algorithm>
#include <cmath>

#include "saltus/base/options.h"
#include "saltus/workflow/prompt.h"

namespace saltus {
namespace {

constexpr int64_t kTableRows = 24;

std::string row_name(const UpdateRecord& record, int64_t row) {
  const int64_t samples = record.options.samples;
  return fmt::format("{}-{}", record.starts[static_cast<size_t>(row / samples)].name,
                     row % samples);
}

std::string file_name(const UpdateRecord& record, int64_t row) {
  return fmt::format("{}.{}", row_name(record, row), record.format);
}

Json metric_json(const std::vector<Metric>& metrics, const at::Tensor& values) {
  Json json = Json::object();
  for (size_t m = 0; m < metrics.size(); ++m) {
    json[metrics[m].name] = values[static_cast<int64_t>(m)].item<double>();
  }
  return json;
}

Json prompt_json(const UpdateRecord& record) {
  return metric_json(record.generator.description().metrics, at::tensor(record.prompt));
}

std::string sampler_text(const SamplerConfig& sampler) {
  return fmt::format("{}, {} evaluations, eta {:g}, stop at {}", sampler.method,
                     sampler.evaluations, sampler.eta, sampler.stop_at);
}

Metadata row_metadata(const UpdateRecord& record, const std::string& generator_hash, int64_t row) {
  const std::vector<Metric>& metrics = record.generator.description().metrics;
  const at::Tensor start = record.outcome.start_metric[row].contiguous();
  const std::vector<float> prompt(record.prompt.begin(), record.prompt.end());
  const int64_t samples = record.options.samples;
  return {{"task", record.generator.description().task},
          {"prompt", metric_values_text(metrics, prompt.data())},
          {"start_metric", metric_values_text(metrics, start.const_data_ptr<float>())},
          {"parents", record.starts[static_cast<size_t>(row / samples)].origin},
          {"generator", generator_hash},
          {"sampler", sampler_text(record.options.sampler)},
          {"seed", std::to_string(record.options.seed)},
          {"sample", std::to_string(row % samples)},
          {"updates", std::to_string(record.options.repeat)}};
}

Json row_json(const UpdateRecord& record, int64_t row) {
  const std::vector<Metric>& metrics = record.generator.description().metrics;
  const int64_t samples = record.options.samples;
  Json json = {{"file", file_name(record, row)},
               {"start", record.starts[static_cast<size_t>(row / samples)].origin},
               {"sample", row % samples},
               {"start_metric", metric_json(metrics, record.outcome.start_metric[row])},
               {"after", Json::array()}};
  for (const UpdateRound& round : record.outcome.rounds) {
    Json after = Json::object();
    if (round.metric.defined()) after["measured"] = metric_json(metrics, round.metric[row]);
    if (round.predicted.defined()) after["predicted"] = round.predicted[row].item<double>();
    json["after"].push_back(std::move(after));
  }
  return json;
}

Json resolved_options(const UpdateRecord& record) {
  const UpdateOptions& options = record.options;
  Json from = Json::array();
  for (const StartNetwork& start : record.starts) from.push_back(start.origin);
  return {{"model", record.model.string()},   {"from", from},
          {"prompt", prompt_json(record)},    {"samples", options.samples},
          {"method", options.sampler.method}, {"evaluations", options.sampler.evaluations},
          {"eta", options.sampler.eta},       {"stop_at", options.sampler.stop_at},
          {"repeat", options.repeat},         {"keep_better", options.keep_better},
          {"format", record.format},          {"measure", options.measure},
          {"effort", options.effort},         {"seed", options.seed},
          {"candidates", options.candidates}, {"spread", options.spread}};
}

std::string cell(const at::Tensor& column, int64_t row) {
  return fmt::format("  {:>10.4g}", column[row].item<double>());
}

}  // namespace

void write_update(const UpdateRecord& record, const std::filesystem::path& folder) {
  const Layout& layout = record.generator.description().architecture->layout();
  const std::string hash = hash_text(record.generator.hash());
  const at::Tensor theta = record.outcome.theta.contiguous();
  Json rows = Json::array();
  for (int64_t row = 0; row < theta.size(0); ++row) {
    const std::span values(theta.const_data_ptr<float>() + row * layout.parameters(),
                           static_cast<size_t>(layout.parameters()));
    write_network(folder / file_name(record, row), layout, values, row_metadata(record, hash, row));
    rows.push_back(row_json(record, row));
  }
  const Json summary = {{"generator", hash},
                        {"prompt", prompt_json(record)},
                        {"seconds_per_update", record.outcome.seconds_per_update},
                        {"networks", rows}};
  write_file(folder / "update.json", summary.dump(2) + "\n");
  std::string yaml;
  const Json options = resolved_options(record);
  for (const auto& [key, value] : options.items()) {
    yaml += fmt::format("{}: {}\n", key, value.dump());
  }
  write_file(folder / "config.yaml", yaml);
}

std::string update_table(const UpdateRecord& record) {
  const size_t asked = first_prompted(record.prompt);
  const auto column = static_cast<int64_t>(asked);
  const Metric& metric = record.generator.description().metrics[asked];
  const UpdateOutcome& outcome = record.outcome;
  const int64_t rows = outcome.theta.size(0);
  size_t width = std::string_view("network").size();
  for (int64_t row = 0; row < rows; ++row) width = std::max(width, row_name(record, row).size());

  std::vector<std::pair<std::string, at::Tensor>> columns = {
      {"start", outcome.start_metric.select(1, column)},
      {"prompt", at::full({rows}, record.prompt[asked])}};
  for (size_t round = 0; round < outcome.rounds.size(); ++round) {
    const auto& [measured, predicted] = outcome.rounds[round];
    if (predicted.defined()) columns.emplace_back("critic", predicted);
    if (measured.defined()) {
      columns.emplace_back(fmt::format("update {}", round + 1), measured.select(1, column));
    }
  }
  std::string table = fmt::format("{} of {}\n{:{}}", metric.name,
                                  record.generator.description().task, "network", width);
  for (const auto& [title, values] : columns) table += fmt::format("  {:>10}", title);
  table += '\n';
  for (int64_t row = 0; row < std::min(rows, kTableRows); ++row) {
    table += fmt::format("{:{}}", row_name(record, row), width);
    for (const auto& [title, values] : columns) table += cell(values, row);
    table += '\n';
  }
  if (rows > kTableRows)
    table += fmt::format("... and {} more in update.json\n", rows - kTableRows);
  if (rows > 1) {
    table += fmt::format("{:{}}", "mean", width);
    for (const auto& [title, values] : columns) table += cell(values.mean().unsqueeze(0), 0);
    table += fmt::format("\n{:{}}", "std", width);
    for (const auto& [title, values] : columns) table += cell(values.std(false).unsqueeze(0), 0);
    table += '\n';
  }
  return table + fmt::format("{} network{}, {:.3g} ms each to sample\n", rows, rows == 1 ? "" : "s",
                             1000 * outcome.seconds_per_update);
}

}  // namespace saltus
