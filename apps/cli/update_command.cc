// saltus update
#include <memory>

#include "command.h"
#include "data_option.h"
#include "job_options.h"
#include "saltus/base/file.h"
#include "saltus/base/options.h"
#include "saltus/formats/checkpoint_file.h"
#include "saltus/network/device.h"
#include "saltus/workflow/model_files.h"
#include "saltus/workflow/prompt.h"
#include "saltus/workflow/task_match.h"
#include "saltus/workflow/updating.h"
#include "start_networks.h"
#include "update_output.h"

namespace saltus {
namespace {

constexpr const char* kUpdateExamples =
    "Examples:\n"
    "  saltus update generator --from init:seed=3 --prompt return=495 -o out\n"
    "  saltus update generator --from policy.safetensors --prompt return=300 --samples 8 -o out\n"
    "  saltus update generator --from init:seed=3,scheme=kaiming,count=8 --prompt return=495 \\\n"
    "      --repeat 3 --keep-better -o out\n"
    "  saltus update generator --from init:seed=3 --prompt return=250 --critic generator \\\n"
    "      --candidates 13 -o out\n"
    "  saltus update digits --data mnist --from init:seed=3,scheme=pytorch --prompt loss=0.2 \\\n"
    "      -o out\n"
    "  saltus update imported --from mine.safetensors --start loss=1.8 --prompt loss=0.3 \\\n"
    "      --no-measure -o out\n\n"
    "Writes OUT/START-SAMPLE.safetensors (a state_dict of the networks; --format: another file),\n"
    "update.json and config.yaml.\n";

struct UpdateArguments {
  fs::path model, folder, critic;
  std::vector<std::string> from, prompt, start;
  std::string data;
  int threads = 0;
  std::string device = "cpu", format = "safetensors";
  UpdateOptions options;
};

at::Tensor stack_networks(const std::vector<StartNetwork>& starts) {
  std::vector<at::Tensor> rows;
  for (const StartNetwork& start : starts) rows.push_back(at::tensor(start.theta, at::kFloat));
  return at::stack(rows);
}

int update(const UpdateArguments& arguments) {
  if (arguments.options.keep_better && !arguments.options.measure) {
    throw UsageError("saltus update: --keep-better needs measurements; leave out --no-measure");
  }
  const at::Device device = device_named(arguments.device);  // before anything is computed
  const fs::path file = model_file(arguments.model);
  Generator generator = Generator::load(file);
  generator.move_to(device);
  const GeneratorDescription& description = generator.description();
  const std::shared_ptr<const Task> task = task_of_generator(generator, arguments.data);
  const bool measures = arguments.options.measure || arguments.options.repeat > 1;
  if (!task && (arguments.start.empty() || measures)) {
    throw UsageError(fmt::format(
        "saltus update: networks of task {} cannot be measured here; give the starts' own {} with "
        "--start, --no-measure, and one update at a time",
        description.task, description.metrics.front().name));
  }
  const std::vector<double> prompt =
      parse_metric_values("--prompt", arguments.prompt, description.metrics, Wanted::some);
  for (const std::string& warning : range_warnings(prompt, description)) warn(warning);
  const std::vector<StartNetwork> starts =
      read_starts(arguments.from, description.architecture->layout(), task.get());
  at::Tensor start_metric;  // undefined: measured
  if (!arguments.start.empty()) {
    const std::vector<double> values =
        parse_metric_values("--start", arguments.start, description.metrics);
    start_metric = at::tensor(values, at::kFloat).expand({static_cast<int64_t>(starts.size()), -1});
  }
  const std::shared_ptr<Critic> critic = load_critic(arguments.critic, generator);
  make_folder(arguments.folder);

  UpdateOutcome outcome;
  {
    ProgressDisplay display;
    const Job job = make_job(arguments.threads, display, arguments.device);
    outcome = update_networks(generator, task.get(), critic.get(), stack_networks(starts), prompt,
                              start_metric, arguments.options, job);
    if (job.stopped()) return finish_job(job, "nothing was written");
  }
  const UpdateRecord record{generator,        file,   starts, prompt, arguments.options,
                            arguments.format, outcome};
  write_update(record, arguments.folder);
  fmt::print("{}", update_table(record));
  return 0;
}

void add_sampling_options(CLI::App& command, UpdateOptions& options) {
  const auto number = [&command](const char* name, int64_t& value, const char* help, double low) {
    command.add_option(name, value, help)->check(CLI::Range(low, 1e9))->capture_default_str();
  };
  number("--samples", options.samples, "updates of each start, with different noise", 1);
  number("--evaluations", options.sampler.evaluations, "of the generator, an update", 1);
  command.add_option("--method", options.sampler.method, "sampler: ddim, ddpm or dpm")
      ->check(CLI::IsMember({"ddim", "ddpm", "dpm"}))
      ->capture_default_str();
  command.add_option("--eta", options.sampler.eta, "noise of ddim, 0 to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--stop-at", options.sampler.stop_at, "timestep at which sampling ends early")
      ->check(CLI::Range(0, 999))
      ->capture_default_str();
  number("--repeat", options.repeat, "rounds, each from the last one's output", 1);
  command.add_flag("--keep-better", options.keep_better,
                   "undo a round that does not improve the metric");
  number("--candidates", options.candidates, "with --critic: samples to choose from", 1);
  command.add_option("--spread", options.spread, "with --critic: their prompts differ by +-this")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  number("--seed", options.seed, "of noise and measurements", 0);
}

}  // namespace

void add_update_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "update",
      "Samples better weights for given networks from a generator, as good as the prompt asks,\n"
      "and measures them.");
  const auto arguments = std::make_shared<UpdateArguments>();
  UpdateOptions& options = arguments->options;
  command->add_option("model", arguments->model, "folder of the generator, or its file")
      ->required();
  command
      ->add_option("--from", arguments->from,
                   "start network: a file of safetensors, torch.save (.pt) or .npz, or "
                   "init:seed=3,scheme=orthogonal,count=8; "
                   "may be given again")
      ->required()
      ->allow_extra_args(false);
  command->add_option("--prompt", arguments->prompt, "desired metric, as in return=495 or loss=0.2")
      ->required()
      ->allow_extra_args(false);
  command->add_option("-o,--output", arguments->folder, "folder of the updated networks")
      ->required();
  add_sampling_options(*command, options);
  command->add_option("--critic", arguments->critic,
                      "critic that chooses among candidates: its file or folder");
  command
      ->add_option("--start", arguments->start,
                   "metric of the starts, as in return=12 or loss=2.3; default: measured")
      ->allow_extra_args(false);
  command->add_flag("--measure,!--no-measure", options.measure, "measure the updated networks")
      ->default_str("true");
  command
      ->add_option("--effort", options.effort, "of a measurement; cartpole: episodes, 64 or more")
      ->check(CLI::Range(1.0, 1e9))
      ->capture_default_str();
  command->add_option("--format", arguments->format, "of the updated networks' files")
      ->check(CLI::IsMember(written_formats()))
      ->capture_default_str();
  add_data_option(*command, arguments->data);
  add_threads_option(*command, arguments->threads);
  add_device_option(*command, arguments->device);
  command->footer(kUpdateExamples);
  command->callback([&action, arguments] { action = [arguments] { return update(*arguments); }; });
}

}  // namespace saltus
