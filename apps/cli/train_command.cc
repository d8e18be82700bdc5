// saltus train
#include <memory>

#include "command.h"
#include "configuration.h"
#include "job_options.h"
#include "saltus/base/file.h"
#include "saltus/task/measure.h"
#include "saltus/training/training.h"
#include "task_match.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrainExamples =
    "  saltus train --zoo zoo -o generator\n"
    "  saltus train --zoo zoo -o quick training.steps=2000 training.batch=64\n"
    "  saltus train --zoo zoo -o generator --config demo.yaml training.seed=2\n"
    "  saltus train --zoo digits --data mnist -o generator\n";

struct TrainArguments {
  fs::path zoo, folder;
  std::string data;
  int threads = 0;
  std::string device = "cpu";
  ConfigurationSource source;
};

// The metrics that condition the generator, of networks: [n, P] -> [n, M].
MeasureFunction measure_by(const Task& task, const std::vector<Metric>& metrics, const Job& job) {
  return [&task, metrics, quiet = job.quiet()](const at::Tensor& theta, uint64_t seed) {
    return measure_networks(task, metrics, theta, {.seed = seed}, quiet);
  };
}

int train(const TrainArguments& arguments) {
  Configuration configuration;
  configuration.read(Part::training, arguments.source.yaml, arguments.source.overrides);
  ProgressDisplay display;
  const Job job = make_job(arguments.threads, display, arguments.device);
  const Zoo zoo(arguments.zoo);
  const std::shared_ptr<const Task> task = task_of_zoo(zoo, arguments.data);
  std::vector<Metric> metrics;
  for (const std::string& name : configuration.training.metrics) {
    metrics.push_back(zoo.description().metrics[zoo.metric_index(name)]);
  }
  if (metrics.empty()) metrics.push_back(zoo.description().metrics.front());
  std::map<std::string, MetricReader> readers;
  if (configuration.training.metric_from == "data") {
    const TrainingConfig& training = configuration.training;
    const auto convolutions = training.network_precision == "bf16" ? at::kBFloat16 : at::kFloat;
    for (const Metric& metric : metrics) {
      MetricReader reader = task->metric_reader(metric.name, training.metric_inputs, convolutions);
      if (reader) readers.emplace(metric.name, std::move(reader));
    }
  }
  const TrainingInputs inputs{
      .zoo = zoo,
      .probes = task->probes(),
      .measure = measure_by(*task, metrics, job),
      .fresh_network = [&](const std::string& scheme, uint64_t seed,
                           uint64_t index) { return task->fresh_network(scheme, seed, index); },
      .read_metric = readers};
  train_generator(configuration.training, inputs, arguments.folder, job);
  write_file(arguments.folder / "config.yaml", configuration.options(Part::training).to_yaml());
  return finish_job(job, "the same command goes on where it stopped");
}

}  // namespace

void add_train_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "train",
      "Trains a generator on a zoo: from a network, its metric and a prompt, to better weights.\n"
      "Interrupted, it goes on when started again: on the CPU to the same bytes, on a GPU up to\n"
      "rounding.");
  const auto arguments = std::make_shared<TrainArguments>();
  command->add_option("--zoo", arguments->zoo, "folder of the zoo")->required();
  command->add_option("-o,--output", arguments->folder, "folder of the generator")->required();
  add_data_option(*command, arguments->data);
  add_threads_option(*command, arguments->threads);
  add_device_option(*command, arguments->device);
  add_configuration(*command, Part::training, arguments->source, kTrainExamples);
  command->callback([&action, arguments] { action = [arguments] { return train(*arguments); }; });
}

}  // namespace saltus
