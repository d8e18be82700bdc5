// saltus import-model
#include <algorithm>
#include <memory>

#include "card_option.h"
#include "command.h"
#include "named_architecture.h"
#include "saltus/generator/generator.h"
#include "saltus/generator/official_checkpoint.h"
#include "saltus/task/image_task.h"
#include "saltus/training/training_config.h"
#include "saltus/workflow/cards.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kImageClasses = 10;

// What the reference fixes outside of its files, for each of its tasks.
struct ReferenceTask {
  const char* name;
  double coefficient;
};
constexpr std::array kReferenceTasks = {ReferenceTask{"cartpole", 2.06},
                                        ReferenceTask{"mnist", 4.185},
                                        ReferenceTask{"cifar10", 1.646}};

struct ImportModelArguments {
  fs::path file, folder;
  std::string task, metric, weights = "G_ema", license = "unknown";
  int64_t heads = 16;
  double coefficient = 0;
};

std::vector<int64_t> tensor_sizes(const Architecture& architecture) {
  std::vector<int64_t> sizes;
  for (const TensorSpec& tensor : architecture.layout().tensors()) sizes.push_back(tensor.size);
  return sizes;
}

// The task whose networks the generator's weights fit; with `name`, that one alone is tried.
struct FoundTask {
  const ReferenceTask* task = nullptr;
  std::shared_ptr<const Architecture> architecture;
  ChunkTokens tokens;
};

FoundTask find_task(const StateDict& state, const std::string& name, const fs::path& file) {
  for (const ReferenceTask& task : kReferenceTasks) {
    if (!name.empty() && name != task.name) continue;
    const auto architecture = named_architecture(task.name);
    const std::vector<ChunkTokens> tokens =
        tokens_of_state_dict(state, tensor_sizes(*architecture));
    if (!tokens.empty()) return {&task, architecture, tokens.front()};
  }
  fail(
      "import-model {}: expected a generator of the networks of {}, cut into tokens as the "
      "reference does, found weights of other sizes",
      file.string(), name.empty() ? "cartpole, mnist or cifar10" : name);
}

Metric reference_metric(const ReferenceTask& task, const std::string& name) {
  const std::vector<Metric> metrics = task.name == std::string_view("cartpole")
                                          ? make_task("cartpole")->metrics()
                                          : image_metrics(kImageClasses);
  if (name.empty()) return metrics.front();
  std::vector<std::string> names;
  for (const Metric& metric : metrics) {
    if (metric.name == name) return metric;
    names.push_back(metric.name);
  }
  throw UsageError(fmt::format("saltus import-model: --metric: expected one of {}, found {}",
                               fmt::join(names, ", "), name));
}

int import_model(const ImportModelArguments& a) {
  const OfficialCheckpoint checkpoint(a.file);
  const StateDict state = checkpoint.state_dict(a.weights);
  const FoundTask found = find_task(state, a.task, a.file);

  TrainingConfig config;
  config.preset = "paper";
  config.paper.tokens = found.tokens;
  config.paper.transformer.heads = a.heads;
  config.paper.coefficient = a.coefficient > 0 ? a.coefficient : found.task->coefficient;
  config.paper = config_of_state_dict(state, config.paper);
  if (config.paper.transformer.width % a.heads != 0) {
    fail(
        "import-model {}: expected heads that divide the width of {}, found {}; the file does not "
        "say how many, give them with --heads",
        a.file.string(), config.paper.transformer.width, a.heads);
  }
  const auto denoiser =
      denoiser_from_state_dict(state, config.paper, tensor_sizes(*found.architecture));
  const Metric metric = reference_metric(*found.task, a.metric);
  Options options;
  config.declare(options);
  const Generator generator(
      {.task = found.task->name,
       .architecture = found.architecture,
       .metrics = {metric},
       .metric_low = {std::min(metric.worst, metric.best)},
       .metric_high = {std::max(metric.worst, metric.best)},
       .config = options.to_json(),
       .made_by = {{"imported", a.file.filename().string()}, {"weights", a.weights}}},
      denoiser);
  make_folder(a.folder);
  generator.save(a.folder / "generator.safetensors");
  write_card(a.folder, generator_card(generator, a.license));
  fmt::print(
      "{}: a generator of {} networks by {}, {} weights, tokens {}, {} heads, coefficient {:g}\n",
      (a.folder / "generator.safetensors").string(), found.task->name, metric.name,
      generator.weights(), found.tokens.policy, a.heads, config.paper.coefficient);
  return 0;
}

}  // namespace

void add_import_model_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "import-model",
      "Turns a model file of the reference implementation (best.pt, 0500.pt of its trainings) "
      "into\n"
      "a generator for saltus update and evaluate. Nothing in the file is executed. Its task and\n"
      "tokens are told by the sizes of its weights; heads, metric and coefficient are not in it.");
  const auto a = std::make_shared<ImportModelArguments>();
  command->add_option("file", a->file, "the .pt file")->required();
  command->add_option("-o,--output", a->folder, "folder of the generator")->required();
  command->add_option("--task", a->task, "cartpole, mnist or cifar10; default: as the sizes say")
      ->check(CLI::IsMember({"cartpole", "mnist", "cifar10"}));
  command->add_option(
      "--metric", a->metric,
      "that it was trained on: return, or loss or error; default: the task's first");
  command->add_option("--weights", a->weights, "G_ema, their average, or G")
      ->check(CLI::IsMember({"G_ema", "G"}))
      ->capture_default_str();
  command->add_option("--heads", a->heads, "attention heads")
      ->check(CLI::Range(int64_t{1}, int64_t{4096}))
      ->capture_default_str();
  command
      ->add_option("--coefficient", a->coefficient,
                   "by which it scales parameters; 0: the reference's for the task")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_license_option(*command, a->license);
  command->footer(
      "Examples:\n  saltus import-model mnist_loss.pt -o reference\n"
      "  saltus import-model mnist_error.pt -o reference --metric error\n"
      "  saltus update reference --data mnist --from init:seed=3 --prompt loss=0.2 -o out\n");
  command->callback([&action, a] { action = [a] { return import_model(*a); }; });
}

}  // namespace saltus
