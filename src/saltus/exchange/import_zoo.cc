#include "saltus/exchange/import_zoo.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saltus/base/error.h"
#include "saltus/base/json.h"
#include "saltus/zoo/index.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr size_t kRecordedLeftOut = 1000;

// Checkpoint c of `wanted` of a run that has `found` of them, spread evenly from first to last.
std::vector<size_t> spread_checkpoints(size_t found, int64_t wanted) {
  std::vector<size_t> places;
  for (int64_t c = 0; c < wanted; ++c) {
    const double place =
        static_cast<double>(c) * static_cast<double>(found - 1) / static_cast<double>(wanted - 1);
    places.push_back(static_cast<size_t>(std::llround(place)));
  }
  return places;
}

class RunImport {
 public:
  RunImport(const RunSource& source, const ImportPlan& plan, fs::path folder)
      : source_(source), plan_(plan), folder_(std::move(folder)) {}

  std::vector<DroppedRun> run(const Job& job);

 private:
  struct ReadRun {
    Run run;
    std::string fault;  // why it cannot be kept; "" when it can
  };

  ReadRun read(int64_t id) const;
  void measure(ReadRun& read) const;
  std::string fault_of_parameters(const Run& run) const;
  std::string fault_of_metrics(const Run& run) const;
  void recall_dropped(int64_t next_run);
  void write_report() const;

  const RunSource& source_;
  const ImportPlan& plan_;
  const fs::path folder_;
  std::vector<DroppedRun> dropped_;
};

// What the zoo's rules forbid, in the words of its tensors.
std::string RunImport::fault_of_parameters(const Run& run) const {
  const auto width = static_cast<size_t>(plan_.description.layout.parameters());
  for (size_t i = 0; i < run.parameters.size(); ++i) {
    const float value = run.parameters[i];
    if (std::abs(value) <= kLargestParameter) continue;
    const auto at = static_cast<int64_t>(i % width);
    const auto& tensors = plan_.description.layout.tensors();
    const auto tensor =
        std::ranges::find_if(tensors, [&](const TensorSpec& t) { return at < t.offset + t.size; });
    return fmt::format("{} at iteration {} holds {}, and a zoo holds numbers up to {} alone",
                       tensor->name, run.iteration[i / width], value, kLargestParameter);
  }
  return {};
}

std::string RunImport::fault_of_metrics(const Run& run) const {
  const size_t metrics = plan_.description.metrics.size();
  for (size_t i = 0; i < run.metrics.size(); ++i) {
    if (std::isfinite(run.metrics[i])) continue;
    return fmt::format("{} at iteration {} is {}", plan_.description.metrics[i % metrics].name,
                       run.iteration[i / metrics], run.metrics[i]);
  }
  return {};
}

RunImport::ReadRun RunImport::read(int64_t id) const {
  const ZooDescription& d = plan_.description;
  const size_t place = plan_.runs[static_cast<size_t>(id)];
  const SourceRun& source = source_.runs()[place];
  const std::vector<size_t> places = spread_checkpoints(source.checkpoints.size(), d.checkpoints);
  ReadRun out;
  out.run.id = id;
  out.run.parameters.resize(static_cast<size_t>(d.checkpoints * d.layout.parameters()));
  for (const size_t c : places) {
    const SourceCheckpoint& checkpoint = source.checkpoints[c];
    out.run.iteration.push_back(checkpoint.iteration);
    for (const size_t m : plan_.columns) {
      out.run.metrics.push_back(static_cast<float>(checkpoint.metrics[m]));
    }
  }
  try {
    source_.read(place, places, d.layout, out.run.parameters);
    out.fault = fault_of_parameters(out.run);
  } catch (const Error& error) {
    out.fault = error.what();
  }
  return out;
}

void RunImport::measure(ReadRun& read) const {
  if (!plan_.measuring || !read.fault.empty()) return;
  const ZooDescription& d = plan_.description;
  read.run.metrics.resize(static_cast<size_t>(d.checkpoints) * d.metrics.size());
  plan_.measuring->measure(read.run.parameters, read.run.metrics);
}

// Of an import that goes on: the reasons for what is on disk.
void RunImport::recall_dropped(int64_t next_run) {
  const fs::path path = folder_ / "import.json";
  if (next_run == 0 || !fs::exists(path)) return;
  const std::string file = path.string();
  for (const Json& entry : json_get<Json>(parse_json(read_file(path), file), "dropped", file)) {
    DroppedRun dropped{.id = json_get<int64_t>(entry, "id", file),
                       .name = json_get<std::string>(entry, "run", file),
                       .why = json_get<std::string>(entry, "why", file)};
    if (dropped.id < next_run) dropped_.push_back(std::move(dropped));
  }
}

void RunImport::write_report() const {
  Json names = Json::array(), dropped = Json::array(), left_out = Json::array();
  for (const size_t run : plan_.runs) names.push_back(source_.runs()[run].name);
  for (const DroppedRun& run : dropped_) {
    dropped.push_back({{"id", run.id}, {"run", run.name}, {"why", run.why}});
  }
  for (size_t i = 0; i < std::min(plan_.left_out.size(), kRecordedLeftOut); ++i) {
    left_out.push_back({{"what", plan_.left_out[i].what}, {"why", plan_.left_out[i].why}});
  }
  const Json report = {{"source", source_.kind()},
                       {"runs", names},
                       {"dropped", dropped},
                       {"left_out_count", plan_.left_out.size()},
                       {"left_out", left_out}};
  // Names and paths are any bytes, not all of them text.
  write_file(folder_ / "import.json",
             report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::vector<DroppedRun> RunImport::run(const Job& job) {
  const auto runs = static_cast<int64_t>(plan_.runs.size());
  const int64_t per_shard = plan_.runs_per_shard;
  ZooWriter writer(folder_, plan_.description, runs, per_shard);
  recall_dropped(writer.next_run());
  const auto total = runs * plan_.description.checkpoints;
  const int threads = thread_count(job);
  for (int64_t id = writer.next_run(); id < runs && !job.stopped();) {
    const int64_t count = std::min<int64_t>(runs - id, 2 * threads);
    std::vector<ReadRun> batch(static_cast<size_t>(count));
    parallel_for(count, threads, [&](int64_t i) { batch[static_cast<size_t>(i)] = read(id + i); });
    for (ReadRun& read : batch) {
      measure(read);
      if (read.fault.empty()) read.fault = fault_of_metrics(read.run);
      if (!read.fault.empty()) {
        // The writer drops what is no number.
        read.run.metrics.assign(
            static_cast<size_t>(plan_.description.checkpoints) * plan_.description.metrics.size(),
            std::numeric_limits<float>::quiet_NaN());
        const SourceRun& source = source_.runs()[plan_.runs[static_cast<size_t>(id)]];
        dropped_.push_back({id, source.name, std::move(read.fault)});
      }
      ++id;
      // Before the shard is listed, so that no reason is lost.
      if (id % per_shard == 0 || id == runs) write_report();
      writer.append(std::move(read.run));
    }
    job.report({.stage = "import",
                .done = id * plan_.description.checkpoints,
                .total = total,
                .unit = "checkpoints",
                .figures = {{"dropped runs", static_cast<double>(dropped_.size())}}});
  }
  if (!job.stopped()) writer.finish();
  return std::move(dropped_);
}

}  // namespace

std::vector<DroppedRun> import_runs(const RunSource& source, const ImportPlan& plan,
                                    const fs::path& folder, const Job& job) {
  return RunImport(source, plan, folder).run(job);
}

}  // namespace saltus
