// saltus train
#include <memory>

#include "card_option.h"
#include "command.h"
#include "configuration.h"
#include "data_option.h"
#include "job_options.h"
#include "saltus/base/file.h"
#include "saltus/training/training.h"
#include "saltus/workflow/cards.h"
#include "saltus/workflow/task_match.h"
#include "saltus/workflow/training_inputs.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrainExamples =
    "  saltus train --zoo zoo -o generator\n"
    "  saltus train --zoo zoo -o quick training.steps=2000 training.batch=64\n"
    "  saltus train --zoo zoo -o generator --config demo.yaml training.seed=2\n"
    "  saltus train --zoo digits --data mnist -o generator\n"
    "  saltus train --zoo imported -o generator training.preset=paper\n"
    "  mpirun -np 4 saltus train --zoo zoo -o generator training.workers=8\n";

struct TrainArguments {
  fs::path zoo, folder;
  std::string data;
  int threads = 0;
  std::string device = "cpu", license = "unknown";
  ConfigurationSource source;
};

int train(const TrainArguments& arguments) {
  Configuration configuration;
  configuration.read(Part::training, arguments.source.yaml, arguments.source.overrides);
  ProgressDisplay display;
  Job job = make_job(arguments.threads, display, arguments.device);
  const std::shared_ptr<Team> team = join_team(job);
  const Zoo zoo(arguments.zoo);
  warn_if_incomplete(zoo);
  std::shared_ptr<const Task> task;
  if (is_task(zoo.description().task)) {
    task = task_of_zoo(zoo, arguments.data);
  } else if (team->leads()) {
    fmt::print(stderr, "saltus: learning from weights and metrics alone: {} is none of {}\n",
               zoo.description().task, fmt::join(task_names(), ", "));
  }
  const TrainingConfig& config = configuration.training;
  note_products({{"training.precision", config.precision},
                 {"training.network_precision", config.network_precision}},
                job);
  train_generator(config, training_inputs(config, zoo, task.get(), job), arguments.folder, job);
  if (team->leads()) {
    write_file(arguments.folder / "config.yaml", configuration.options(Part::training).to_yaml());
    if (!job.stopped()) write_generator_card(arguments.folder, arguments.license);
  }
  return finish_job(job, "the same command goes on where it stopped");
}

}  // namespace

void add_train_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "train",
      "Trains a generator on a zoo: from a network, its metric and a prompt, to better weights.\n"
      "Interrupted, it goes on when started again: on the CPU to the same bytes, on a GPU up to\n"
      "rounding. Under mpirun -np N, N processes share out training.workers.\n"
      "On a zoo of another program's networks (saltus zoo import) it learns from weights and\n"
      "metrics alone: losses that run the networks are off.");
  const auto arguments = std::make_shared<TrainArguments>();
  command->add_option("--zoo", arguments->zoo, "folder of the zoo")->required();
  command->add_option("-o,--output", arguments->folder, "folder of the generator")->required();
  add_data_option(*command, arguments->data);
  add_threads_option(*command, arguments->threads);
  add_device_option(*command, arguments->device);
  add_license_option(*command, arguments->license);
  add_configuration(*command, Part::training, arguments->source, kTrainExamples);
  command->callback([&action, arguments] { action = [arguments] { return train(*arguments); }; });
}

}  // namespace saltus
