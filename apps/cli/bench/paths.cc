#include "bench/paths.h"

#include <array>
#include <chrono>
#include <cstring>
#include <memory>

#include "bench/process.h"
#include "configuration.h"
#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/task/measure.h"
#include "saltus/workflow/training_inputs.h"

namespace saltus {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_from(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// What all paths are given.
struct Setting {
  const Workload& workload;
  bool brief;
  fs::path scratch;
  const Job& job;

  template <typename Config>
  Config read(Part part, Config Configuration::*member, std::vector<std::string> overrides,
              const std::vector<std::string>& brief_ones) const {
    if (brief) overrides.insert(overrides.end(), brief_ones.begin(), brief_ones.end());
    Configuration configuration;
    configuration.read(part, workload.config, overrides);
    return configuration.*member;
  }
  PopulationConfig population() const {
    return read(Part::population, &Configuration::population, workload.population,
                workload.brief_population);
  }
  TrainingConfig training() const {
    return read(Part::training, &Configuration::training, workload.training,
                workload.brief_training);
  }
};

// The mean of the zoo's first metric over its runs' last checkpoints.
double final_metric(const Zoo& zoo) {
  double sum = 0;
  for (int64_t r = 0; r < zoo.runs(); ++r) sum += zoo.metric(r, zoo.checkpoints() - 1);
  return sum / static_cast<double>(zoo.runs());
}

Path zoo_path(const Setting& s) {
  return [config = s.population(), folder = s.scratch / "zoo", &job = s.job] {
    fs::remove_all(folder);
    Clock::time_point begin;
    Job own = job.quiet();
    bool begun = false;
    own.progress = [&](const Progress&) {  // first reported when the data is there
      if (!begun) begin = Clock::now();
      begun = true;
    };
    const int64_t work = build_zoo(config, folder, own);
    const double seconds = seconds_from(begin);
    return Measured{static_cast<double>(work), seconds, final_metric(Zoo(folder))};
  };
}

Path scores_path(const Setting& s) {
  const PopulationConfig config = s.population();
  const std::shared_ptr<const Task> task = make_task(config.task);
  const at::Tensor theta =
      draw_networks(*task, config.initialisers.front(), 0, s.workload.networks);
  const std::vector<Metric> metrics = {task->metrics()[task->score_of(0)]};
  return [task, theta, metrics, effort = config.episodes, &job = s.job] {
    const auto begin = Clock::now();
    const at::Tensor score =
        measure_networks(*task, metrics, theta, {.effort = effort}, job.quiet());
    return Measured{static_cast<double>(theta.size(0)), seconds_from(begin),
                    score.mean().item<double>()};
  };
}

// A zoo and its task, made once.
struct Ground {
  std::shared_ptr<const Task> task;
  std::unique_ptr<Zoo> zoo;
};

std::shared_ptr<Ground> make_ground(const Setting& s) {
  const PopulationConfig config = s.population();
  build_zoo(config, s.scratch / "zoo", s.job.quiet());
  return std::make_shared<Ground>(
      Ground{make_task(config.task), std::make_unique<Zoo>(s.scratch / "zoo")});
}

Path training_path(const Setting& s) {
  return [config = s.training(), ground = make_ground(s), folder = s.scratch / "generator",
          &job = s.job] {
    fs::remove_all(folder);
    const Job own = job.quiet();
    train_generator(config, training_inputs(config, *ground->zoo, *ground->task, own), folder, own);
    const fs::path record = folder / "training.json";
    const Json json = parse_json(read_file(record), record.string());
    // The last line: of the validation after the last step.
    std::string lines = read_file(folder / "metrics.jsonl");
    lines.pop_back();
    const Json last = parse_json(lines.substr(lines.rfind('\n') + 1), "metrics.jsonl");
    return Measured{json_get<double>(json, "samples_seen", record.string()),
                    json_get<double>(json, "seconds", record.string()),
                    json_get<double>(last, "validation_loss", "metrics.jsonl")};
  };
}

// A generator in scratch/generator, trained as the workload says.
void train_once(const Setting& s, const Ground& ground) {
  const TrainingConfig config = s.training();
  const Job own = s.job.quiet();
  train_generator(config, training_inputs(config, *ground.zoo, *ground.task, own),
                  s.scratch / "generator", own);
}

Path updates_path(const Setting& s) {
  const std::shared_ptr<Ground> ground = make_ground(s);
  train_once(s, *ground);
  auto generator = std::make_shared<Generator>(
      Generator::load(s.scratch / "generator" / "generator.safetensors"));
  const GeneratorDescription& d = generator->description();
  const int64_t count = s.workload.networks, metrics = static_cast<int64_t>(d.metrics.size());
  const at::Tensor theta = draw_networks(*ground->task, "pytorch", 0, count);
  UpdateRequest request{
      .theta = theta,
      .start_metric = at::full({count, metrics}, d.metrics.front().worst),
      .prompt = at::full({count, metrics}, d.metrics.front().maximise ? d.metric_high.front()
                                                                      : d.metric_low.front())};
  const SamplerConfig sampler{.method = "ddim", .evaluations = s.workload.evaluations};
  return [generator, request, sampler] {
    const auto begin = Clock::now();
    const at::Tensor updated = generator->update(request, sampler);
    const double seconds = seconds_from(begin);
    return Measured{static_cast<double>(updated.size(0)), seconds,
                    (updated - request.theta).norm(2, 1).mean().item<double>()};
  };
}

double bytes_a_checkpoint(const Zoo& zoo) {
  return static_cast<double>(static_cast<size_t>(zoo.parameters()) *
                             dtype_size(zoo.description().dtype));
}

Path reading_path(const Setting& s) {
  constexpr int64_t kPairs = 20000;  // a call and thread
  return [ground = make_ground(s), &job = s.job] {
    const Zoo& zoo = *ground->zoo;
    const int threads = thread_count(job);
    std::vector<double> sums(static_cast<size_t>(threads));
    const auto begin = Clock::now();
    parallel_for(threads, threads, [&](int64_t thread) {
      RandomStream random(0, "bench.pairs", static_cast<uint64_t>(thread));
      std::vector<float> start(static_cast<size_t>(zoo.parameters())), target = start;
      double sum = 0;
      for (int64_t i = 0; i < kPairs; ++i) {
        const auto run = static_cast<int64_t>(random.below(static_cast<uint64_t>(zoo.runs())));
        for (std::vector<float>* to : {&start, &target}) {
          zoo.read(run,
                   static_cast<int64_t>(random.below(static_cast<uint64_t>(zoo.checkpoints()))),
                   *to);
        }
        sum += target.front() - start.front();
      }
      sums[static_cast<size_t>(thread)] = sum;
    });
    const double seconds = seconds_from(begin);
    double sum = 0;
    for (const double one : sums) sum += one;
    return Measured{2.0 * kPairs * threads * bytes_a_checkpoint(zoo), seconds, sum};
  };
}

Path writing_path(const Setting& s) {
  return [ground = make_ground(s), folder = s.scratch / "written"] {
    const Zoo& zoo = *ground->zoo;
    fs::remove_all(folder);
    std::vector<Run> runs;
    for (int64_t r = 0; r < zoo.runs(); ++r) {
      runs.push_back(zoo.read_run(r));
      runs.back().id = r;
    }
    const auto begin = Clock::now();
    ZooWriter writer(folder, zoo.description(), zoo.runs(), 64);
    for (Run& run : runs) writer.append(std::move(run));
    writer.finish();
    const double seconds = seconds_from(begin);
    const Zoo written(folder);
    return Measured{static_cast<double>(written.bytes()), seconds, final_metric(written)};
  };
}

// This program with the workload's arguments; {generator} and {scratch} in them are those folders.
std::vector<std::string> start_command(const Setting& s) {
  std::vector<std::string> command = {beside_program("saltus").string()};
  command.insert(command.end(), s.workload.arguments.begin(), s.workload.arguments.end());
  for (std::string& argument : command) {
    for (const auto& [word, folder] :
         {std::pair{"{generator}", s.scratch / "generator"}, {"{scratch}", s.scratch}}) {
      const size_t at = argument.find(word);
      if (at != std::string::npos) argument.replace(at, std::strlen(word), folder.string());
    }
  }
  return command;
}

// Starts the program that runs, with the workload's arguments, to its end; a generator for them is
// trained where the workload says how.
Path start_path(const Setting& s) {
  constexpr int kStarts = 10;
  if (!s.workload.training.empty()) train_once(s, *make_ground(s));
  return [command = start_command(s)] {
    int failures = 0;
    const auto begin = Clock::now();
    for (int i = 0; i < kStarts; ++i) failures += run_process(command, Errors::hidden).status != 0;
    const double seconds = seconds_from(begin);
    if (failures > 0) {
      fail("bench: {}: failed; start it by hand to see why", fmt::join(command, " "));
    }
    return Measured{kStarts, seconds, 0};
  };
}

struct NamedPath {
  const char* name;
  Path (*prepare)(const Setting&);
};
constexpr std::array<NamedPath, 7> kPaths = {{{"zoo", zoo_path},
                                              {"scores", scores_path},
                                              {"training", training_path},
                                              {"updates", updates_path},
                                              {"read", reading_path},
                                              {"write", writing_path},
                                              {"start", start_path}}};

}  // namespace

std::vector<std::string> path_names() {
  std::vector<std::string> names;
  for (const NamedPath& path : kPaths) names.emplace_back(path.name);
  return names;
}

void check_workload(const Workload& workload, bool brief) {
  for (const std::string& file : {workload.config, workload.peer_script}) {
    if (!file.empty() && !fs::exists(file)) {
      fail("bench: workload {}: expected the file {}, found none; run it in the project's folder",
           workload.name, file);
    }
  }
  const Job job;
  const Setting setting{workload, brief, {}, job};
  try {
    setting.population();
    setting.training();
  } catch (const Error& error) {
    fail("bench: workload {}: {}", workload.name, error.what());
  }
}

Path prepare_path(const Workload& workload, bool brief, const fs::path& scratch, const Job& job) {
  for (const NamedPath& path : kPaths) {
    if (workload.path == path.name) return path.prepare({workload, brief, scratch, job});
  }
  check(false, "a path that read_workload let pass");
  return {};
}

}  // namespace saltus
