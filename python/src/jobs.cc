// Training and evaluation.
#include <torch/torch.h>

#include "bindings.h"
#include "interruptible.h"
#include "python_task.h"
#include "saltus/base/file.h"
#include "saltus/network/device.h"
#include "saltus/training/training.h"
#include "saltus/workflow/cards.h"
#include "saltus/workflow/model_files.h"
#include "saltus/workflow/optimisers.h"
#include "saltus/workflow/saved_evaluation.h"
#include "saltus/workflow/task_match.h"
#include "saltus/workflow/training_inputs.h"

namespace saltus {
namespace {

// Options as users give them: a nested object, then texts like "training.steps=100".
struct GivenOptions {
  std::string nested = "{}";
  std::vector<std::string> assignments;

  void read_into(Options& options) const {
    options.load_json(json_argument(nested));
    for (const std::string& assignment : assignments) options.assign(assignment);
  }
};

// What training can learn from beyond the zoo: of the user's own task, of one of ours, of nothing.
TrainingInputs inputs_of(const TrainingConfig& config, const Zoo& zoo, const Task* task,
                         const Job& job) {
  TrainingInputs inputs = training_inputs(config, zoo, task, job);
  const auto* own = dynamic_cast<const PythonTask*>(task);
  if (own != nullptr && !own->measures()) {
    inputs.measure = {};
    inputs.fresh_network = {};
  }
  return inputs;
}

// The user's task, else the zoo's own where saltus has it, else null.
std::shared_ptr<const Task> task_for(const Zoo& zoo, const std::shared_ptr<PythonTask>& own,
                                     const std::string& data) {
  if (own) return own;
  return is_task(zoo.description().task) ? task_of_zoo(zoo, data) : nullptr;
}

void train(const std::shared_ptr<Zoo>& zoo, const fs::path& folder, const GivenOptions& given,
           const std::shared_ptr<PythonTask>& own, const std::string& data,
           const std::string& license, const JobArguments& arguments) {
  TrainingConfig config;
  Options options;
  config.declare(options);
  given.read_into(options);
  run_interruptibly(arguments, [&](const Job& job) {
    const std::shared_ptr<const Task> task = task_for(*zoo, own, data);
    train_generator(config, inputs_of(config, *zoo, task.get(), job), folder, job);
    write_file(folder / "config.yaml", options.to_yaml());
    if (!job.stopped()) write_generator_card(folder, license);
  });
}

std::string evaluate(const fs::path& model, const std::shared_ptr<Zoo>& zoo,
                     const GivenOptions& given, const std::shared_ptr<PythonTask>& own,
                     const std::string& data, const fs::path& critic, const fs::path& out,
                     const JobArguments& arguments) {
  EvaluationConfig config;
  Options options;
  config.declare(options);
  given.read_into(options);
  std::string text;
  run_interruptibly(arguments, [&](const Job& job) {
    const fs::path file = model_file(model);
    Generator generator = Generator::load(file);
    generator.move_to(device_named(job.device));
    check_same_task(generator, *zoo);
    const std::shared_ptr<const Task> task = task_for(*zoo, own, data);
    if (!task) {
      fail("evaluate: task '{}' is none that saltus can measure; pass evaluator=",
           zoo->description().task);
    }
    const EvaluationInputs inputs{
        .task = *task,
        .zoo = *zoo,
        .generator = generator,
        .critic = load_critic(critic, generator),
        .optimisers =
            own ? std::vector<Optimiser>() : optimisers_of(*zoo, task, config.tuned_steps)};
    // The user's functions may have changed since.
    const EvaluationFile output{.path = out, .goes_on = own == nullptr};
    text = evaluate_to_file(config, inputs, file, output, job).dump();
  });
  return text;
}

}  // namespace

void bind_jobs(py::module_& module) {
  py::class_<GivenOptions>(module, "GivenOptions")
      .def(py::init([](std::string nested, std::vector<std::string> assignments) {
        return GivenOptions{std::move(nested), std::move(assignments)};
      }));
  py::class_<JobArguments>(module, "JobArguments")
      .def(py::init([](int threads, std::string device, py::object progress) {
        return JobArguments{threads, std::move(device), std::move(progress)};
      }));
  module.def("train", &train);
  module.def("evaluate", &evaluate);
}

}  // namespace saltus
