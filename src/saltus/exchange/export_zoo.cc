#include "saltus/exchange/export_zoo.h"

#include <algorithm>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/exchange/network_file.h"
#include "saltus/formats/parquet_writer.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

std::vector<int64_t> runs_to_export(const Zoo& zoo, const ExportOptions& options) {
  std::vector<int64_t> rows;
  for (int64_t r = 0; r < zoo.runs(); ++r) {
    if (!options.run || zoo.run_id(r) == *options.run) rows.push_back(r);
  }
  if (rows.empty()) {
    if (!options.run) fail("export {}: the zoo holds no runs", zoo.folder().string());
    fail("export {}: expected a run from {} to {} that was not dropped, found {}",
         zoo.folder().string(), zoo.first_run(), zoo.first_run() + zoo.runs() + zoo.dropped() - 1,
         *options.run);
  }
  return rows;
}

std::vector<int64_t> checkpoints_to_export(const Zoo& zoo, const ExportOptions& options) {
  std::vector<int64_t> places;
  if (!options.checkpoint) {
    for (int64_t c = 0; c < zoo.checkpoints(); ++c) places.push_back(c);
    return places;
  }
  const int64_t place = *options.checkpoint + (*options.checkpoint < 0 ? zoo.checkpoints() : 0);
  if (place < 0 || place >= zoo.checkpoints()) {
    fail("export {}: expected a checkpoint from 0 to {}, or -1 for the last, found {}",
         zoo.folder().string(), zoo.checkpoints() - 1, *options.checkpoint);
  }
  return {place};
}

// The metrics of what was written, a row a network.
class MetricRows {
 public:
  explicit MetricRows(const std::vector<Metric>& metrics) : metrics_(metrics) {
    values_.resize(metrics.size());
  }
  void add(const std::string& file, int64_t run, int64_t iteration,
           const std::vector<float>& values) {
    files_.push_back(file);
    runs_.push_back(run);
    iterations_.push_back(iteration);
    for (size_t m = 0; m < values.size(); ++m) values_[m].push_back(values[m]);
  }
  std::string csv() const {
    std::string text = "file,run,iteration";
    for (const Metric& metric : metrics_) text += "," + metric.name;
    text += "\n";
    for (size_t i = 0; i < files_.size(); ++i) {
      text += fmt::format("{},{},{}", files_[i], runs_[i], iterations_[i]);
      for (const std::vector<float>& metric : values_) text += fmt::format(",{}", metric[i]);
      text += "\n";
    }
    return text;
  }
  std::string parquet() const {
    std::vector<ParquetColumn> columns = {
        {"file", files_}, {"run", runs_}, {"iteration", iterations_}};
    for (size_t m = 0; m < metrics_.size(); ++m) columns.push_back({metrics_[m].name, values_[m]});
    return encode_parquet(columns);
  }

 private:
  const std::vector<Metric>& metrics_;
  std::vector<std::string> files_;
  std::vector<int64_t> runs_, iterations_;
  std::vector<std::vector<float>> values_;  // of each metric
};

}  // namespace

int64_t export_zoo(const Zoo& zoo, const ExportOptions& options, const fs::path& folder,
                   const Job& job) {
  const std::vector<int64_t> runs = runs_to_export(zoo, options);
  const std::vector<int64_t> checkpoints = checkpoints_to_export(zoo, options);
  const ZooDescription& d = zoo.description();
  MetricRows rows(d.metrics);
  std::vector<float> theta(static_cast<size_t>(zoo.parameters()));
  const auto total = static_cast<int64_t>(runs.size() * checkpoints.size());
  int64_t done = 0;
  for (const int64_t r : runs) {
    const fs::path run = fmt::format("run{}", zoo.run_id(r));
    std::error_code error;
    fs::create_directories(folder / run, error);
    if (error) fail("create folder {}: {}", (folder / run).string(), error.message());
    for (const int64_t c : checkpoints) {
      if (job.stopped()) return done;
      const int64_t iteration = zoo.iterations(r)[static_cast<size_t>(c)];
      const fs::path file = run / fmt::format("step{}.{}", iteration, options.format);
      Metadata metadata = {{"task", d.task},
                           {"run", std::to_string(zoo.run_id(r))},
                           {"iteration", std::to_string(iteration)}};
      std::vector<float> values;
      for (size_t m = 0; m < d.metrics.size(); ++m) {
        values.push_back(zoo.metric(r, c, static_cast<int64_t>(m)));
        metadata[d.metrics[m].name] = fmt::format("{}", values.back());
      }
      rows.add(file.string(), zoo.run_id(r), iteration, values);
      zoo.read(r, c, theta);
      write_network(folder / file, d.layout, theta, metadata);
      job.report(
          {.stage = "export", .done = ++done, .total = total, .unit = "networks", .figures = {}});
    }
  }
  const bool parquet = options.table == "parquet";
  write_file(folder / (parquet ? "metrics.parquet" : "metrics.csv"),
             parquet ? rows.parquet() : rows.csv());
  return done;
}

}  // namespace saltus
