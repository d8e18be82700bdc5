// Paths of the bench that train generators, update networks by them, and start the program.
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "bench/process.h"
#include "bench/setting.h"
#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/task/measure.h"
#include "saltus/workflow/training_inputs.h"

namespace saltus {
namespace {

// What `saltus train` left in a folder, its steps alone, and what its training came to.
Measured trained_in(const fs::path& folder) {
  const fs::path record = folder / "training.json";
  const Json json = parse_json(read_file(record), record.string());
  // The last line: of the validation after the last step.
  std::string lines = read_file(folder / "metrics.jsonl");
  lines.pop_back();
  const Json last = parse_json(lines.substr(lines.rfind('\n') + 1), "metrics.jsonl");
  return {json_get<double>(json, "samples_seen", record.string()),
          json_get<double>(json, "seconds", record.string()) -
              json_get<double>(json, "validation_seconds", record.string()),
          json_get<double>(last, "validation_loss", "metrics.jsonl")};
}

// Runs it to its end, and hides what it says. Error when it fails.
void run_hidden(const std::vector<std::string>& command) {
  if (run_process(command, Errors::hidden).status != 0) {
    fail("bench: {}: failed; start it by hand to see why", fmt::join(command, " "));
  }
}

// `saltus train` in several processes, which share the threads.
Path processes_path(const Setting& s) {
  make_ground(s);
  const int64_t processes = s.workload.processes;
  const int64_t threads = std::max<int64_t>(1, thread_count(s.job) / processes);
  const fs::path folder = s.scratch / "generator";
  std::vector<std::string> command = {"mpirun",    "-np",  std::to_string(processes),
                                      "--bind-to", "none", "--oversubscribe"};
  const auto add = [&](const std::vector<std::string>& words) {
    command.insert(command.end(), words.begin(), words.end());
  };
  if (geteuid() == 0) add({"--allow-run-as-root"});
  add({beside_program("saltus").string(), "train", "--zoo", (s.scratch / "zoo").string(), "-o",
       folder.string(), "--threads", std::to_string(threads)});
  add(s.workload.training);
  if (s.brief) add(s.workload.brief_training);
  return [command, folder] {
    fs::remove_all(folder);
    run_hidden(command);
    return trained_in(folder);
  };
}

// A generator in scratch/generator, trained as the workload says.
void train_once(const Setting& s, const Ground& ground) {
  const TrainingConfig config = s.training();
  const Job own = s.job.quiet();
  train_generator(config, training_inputs(config, *ground.zoo, ground.task.get(), own),
                  s.scratch / "generator", own);
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

}  // namespace

Path training_path(const Setting& s) {
  if (s.workload.processes > 1) return processes_path(s);
  return [config = s.training(), ground = make_ground(s), folder = s.scratch / "generator",
          &job = s.job] {
    fs::remove_all(folder);
    const Job own = job.quiet();
    train_generator(config, training_inputs(config, *ground->zoo, ground->task.get(), own), folder,
                    own);
    return trained_in(folder);
  };
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
    const Stopwatch watch;
    const at::Tensor updated = generator->update(request, sampler);
    const double seconds = watch.seconds();
    return Measured{static_cast<double>(updated.size(0)), seconds,
                    (updated - request.theta).norm(2, 1).mean().item<double>()};
  };
}

// Starts the program that runs, with the workload's arguments, to its end; a generator for them is
// trained where the workload says how. The score is the seconds a start takes.
Path start_path(const Setting& s) {
  constexpr int kStarts = 10;
  if (!s.workload.training.empty()) train_once(s, *make_ground(s));
  return [command = start_command(s)] {
    const Stopwatch watch;
    for (int i = 0; i < kStarts; ++i) run_hidden(command);
    const double seconds = watch.seconds();
    return Measured{kStarts, seconds, seconds / kStarts};
  };
}

}  // namespace saltus
