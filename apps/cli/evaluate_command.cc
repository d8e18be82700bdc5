// saltus evaluate
#include <memory>
#include <optional>

#include "command.h"
#include "configuration.h"
#include "data_option.h"
#include "job_options.h"
#include "saltus/base/file.h"
#include "saltus/network/device.h"
#include "saltus/workflow/model_files.h"
#include "saltus/workflow/optimisers.h"
#include "saltus/workflow/saved_evaluation.h"
#include "saltus/workflow/task_match.h"

namespace saltus {
namespace {

constexpr const char* kEvaluateExamples =
    "  saltus evaluate generator --zoo zoo -o results\n"
    "  saltus evaluate generator --zoo zoo -o results --critic generator evaluation.starts=64\n"
    "  saltus evaluate generator --zoo zoo -o results --without-function-loss plain\n\n"
    "Writes OUTPUT/results.json, which saltus report turns into a page, and config.yaml.\n";

struct EvaluateArguments {
  fs::path model, zoo, folder, critic, without_function_loss;
  std::string data;
  int threads = 0;
  std::string device = "cpu";
  ConfigurationSource source;
};

int evaluate(const EvaluateArguments& arguments) {
  Configuration configuration;
  configuration.read(Part::evaluation, arguments.source.yaml, arguments.source.overrides);
  ProgressDisplay display;
  const Job job = make_job(arguments.threads, display, arguments.device);
  Generator generator = Generator::load(model_file(arguments.model));
  generator.move_to(device_named(arguments.device));
  const Zoo zoo(arguments.zoo);
  warn_if_incomplete(zoo);
  check_same_task(generator, zoo);
  if (!is_task(zoo.description().task)) {
    fail(
        "zoo {}: expected networks of {}, which saltus can measure, found task {}; update them "
        "with saltus update --no-measure and measure them with the program that made them",
        zoo.folder().string(), fmt::join(task_names(), ", "), zoo.description().task);
  }
  const std::shared_ptr<const Task> task = task_of_zoo(zoo, arguments.data);
  std::optional<Generator> without;
  if (!arguments.without_function_loss.empty()) {
    without.emplace(Generator::load(model_file(arguments.without_function_loss)));
    without->move_to(device_named(arguments.device));
  }
  const EvaluationInputs inputs{
      .task = *task,
      .zoo = zoo,
      .generator = generator,
      .critic = load_critic(arguments.critic, generator),
      .without_function_loss = without ? &*without : nullptr,
      .optimisers = optimisers_of(zoo, task, configuration.evaluation.tuned_steps)};
  make_folder(arguments.folder);

  const fs::path file = arguments.folder / "results.json";
  const auto differs = [&](const std::string& key) {
    fmt::print(stderr, "saltus: {}: of another evaluation ({} differs); measuring anew\n",
               file.string(), key);
  };
  evaluate_to_file(configuration.evaluation, inputs, model_file(arguments.model),
                   {.path = file, .differs = differs}, job);
  write_file(arguments.folder / "config.yaml", configuration.options(Part::evaluation).to_yaml());
  return finish_job(
      job, "results.json holds what was measured; the same command goes on where it stopped");
}

}  // namespace

void add_evaluate_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "evaluate",
      "Measures a generator on starts that nobody trained: one update, alignment with prompts,\n"
      "recursion, other initialisers, diversity, novelty, baselines. Interrupted, it goes on when\n"
      "started again; what another evaluation left in OUTPUT is measured anew.");
  const auto arguments = std::make_shared<EvaluateArguments>();
  command->add_option("model", arguments->model, "folder of the generator, or its file")
      ->required();
  command->add_option("--zoo", arguments->zoo, "folder of the zoo it was trained on")->required();
  command->add_option("-o,--output", arguments->folder, "folder of the results")->required();
  command->add_option("--critic", arguments->critic,
                      "measure its choice among candidates too: its file or folder");
  command->add_option("--without-function-loss", arguments->without_function_loss,
                      "a generator trained without it, to compare diversity");
  add_data_option(*command, arguments->data);
  add_threads_option(*command, arguments->threads);
  add_device_option(*command, arguments->device);
  add_configuration(*command, Part::evaluation, arguments->source, kEvaluateExamples);
  command->callback(
      [&action, arguments] { action = [arguments] { return evaluate(*arguments); }; });
}

}  // namespace saltus
