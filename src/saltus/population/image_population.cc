#include "saltus/population/image_population.h"

#include <ATen/Functions.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include <algorithm>

#include "saltus/base/error.h"
#include "saltus/network/device.h"
#include "saltus/network/lockstep_gradient.h"
#include "saltus/population/lockstep_training.h"
#include "saltus/population/worker_arithmetic.h"

namespace saltus {
namespace {

class ImageTrainer : public RunTrainer {
 public:
  explicit ImageTrainer(ImagePopulation population)
      : population_(std::move(population)),
        whole_lots_(make_lockstep_gradient(*population_.architecture,
                                           {.device = device_named(population_.device)})
                        ->rounding_depends_on_company()) {
    population_.supervised.validate();
    // Throws when a batch needs more images than there are.
    const ImageBatches batches(population_.supervised, population_.training, population_.seed, 0);
    check_iterations(population_.kept,
                     population_.supervised.iterations(population_.training.size()),
                     "population.checkpoint_iterations");
  }

  ZooDescription description() const override {
    const Architecture& architecture = *population_.architecture;
    ZooDescription description;
    description.task = population_.task;
    description.architecture = architecture.to_json();
    description.layout = architecture.layout();
    description.symmetry = architecture.symmetry();
    description.metrics = population_.metrics;
    description.dtype = population_.dtype;
    description.checkpoints = static_cast<int64_t>(population_.kept.size());
    description.made_by = {{"saltus", SALTUS_VERSION},
                           {"arithmetic", arithmetic()},
                           {"configuration", population_.configuration}};
    return description;
  }
  int64_t lot_size() const override { return population_.supervised.lot; }
  std::string work_unit() const override { return "network-steps"; }

  TrainedRuns train(int64_t first_run, int64_t count, const Job& job) const override {
    const WorkerArithmetic arithmetic;
    const int64_t lot = first_run / lot_size();
    check((first_run + count - 1) / lot_size() == lot, "image trainer: runs of one lot");
    // Companions that nobody asked for are trained where they take part in the rounding.
    const int64_t begin = whole_lots_ ? lot * lot_size() : first_run;
    const int64_t networks = whole_lots_ ? lot_size() : count;
    ImageBatches batches(population_.supervised, population_.training, population_.seed,
                         static_cast<uint64_t>(lot));
    Job own = job;
    own.device = population_.device;
    const auto curve = train_networks(population_.supervised, *population_.architecture,
                                      starts(begin, networks), population_.kept, batches, own);
    if (curve.size() < population_.kept.size()) return {};  // stopped

    std::vector<at::Tensor> wanted;
    for (const SupervisedCheckpoint& point : curve) {
      wanted.push_back(point.theta.narrow(0, first_run - begin, count));
    }
    const at::Tensor theta = at::stack(wanted, 1);  // [count, C, P]
    return {runs_of(first_run, theta), networks * population_.kept.back()};
  }

 private:
  // Matrix products round as the library and the processor's instructions have it.
  std::string arithmetic() const {
    std::string text = fmt::format("LibTorch {} {}", TORCH_VERSION,
                                   population_.device == "cpu" ? at::get_cpu_capability() : "CUDA");
    if (computes_wider(population_.supervised.convolutions, device_named(population_.device))) {
      text += ", bf16 as f32";
    }
    return text;
  }

  at::Tensor starts(int64_t first_run, int64_t count) const {
    const int64_t parameters = population_.architecture->layout().parameters();
    const at::Tensor theta = at::empty({count, parameters}, at::kFloat);
    auto* out = theta.mutable_data_ptr<float>();
    for (int64_t k = 0; k < count; ++k) {
      const std::vector<float> start = population_.start(first_run + k);
      check(static_cast<int64_t>(start.size()) == parameters, "image trainer: start network");
      std::ranges::copy(start, out + k * parameters);
    }
    return theta;
  }

  // theta [R, C, P], contiguous -> R measured runs.
  std::vector<Run> runs_of(int64_t first_run, const at::Tensor& theta) const {
    const size_t checkpoints = population_.kept.size();
    const size_t floats = checkpoints * static_cast<size_t>(theta.size(2));
    const size_t values = checkpoints * population_.metrics.size();
    const auto count = static_cast<size_t>(theta.size(0));
    const std::span<const float> all(theta.const_data_ptr<float>(), count * floats);
    std::vector<float> metrics(count * values);
    population_.evaluate(all, metrics);
    std::vector<Run> runs(count);
    for (size_t r = 0; r < count; ++r) {
      const auto parameters = all.subspan(r * floats, floats);
      const auto measured = std::span(metrics).subspan(r * values, values);
      runs[r].id = first_run + static_cast<int64_t>(r);
      runs[r].parameters.assign(parameters.begin(), parameters.end());
      runs[r].metrics.assign(measured.begin(), measured.end());
      runs[r].iteration = population_.kept;
    }
    return runs;
  }

  ImagePopulation population_;
  bool whole_lots_;
};

Dtype dtype_named(const std::string& name) {
  return name == "f32" ? Dtype::F32 : name == "bf16" ? Dtype::BF16 : Dtype::F16;
}

}  // namespace

ImagePopulation image_population(const PopulationConfig& config,
                                 std::shared_ptr<const ImageTask> task, const std::string& device) {
  const auto seed = static_cast<uint64_t>(config.seed);
  const auto start = [config, task, seed](int64_t run) {
    return task->fresh_network(scheme_of_run(config, run), seed, static_cast<uint64_t>(run));
  };
  const auto evaluate = [task, device](std::span<const float> thetas, std::span<float> out) {
    Job own_thread;
    own_thread.threads = 1;
    own_thread.device = device;
    task->evaluate(thetas, {}, own_thread, out);
  };
  return {.task = task->name(),
          .dtype = dtype_named(config.dtype),
          .architecture = make_architecture(task->architecture().to_json()),
          .training = task->training(),
          .metrics = task->metrics(),
          .start = start,
          .evaluate = evaluate,
          .supervised = config.supervised,
          .kept = config.iterations_kept(config.supervised.iterations(task->training().size())),
          .seed = seed,
          .device = device,
          .configuration = config.to_json()};
}

std::unique_ptr<RunTrainer> image_trainer(ImagePopulation population) {
  return std::make_unique<ImageTrainer>(std::move(population));
}

}  // namespace saltus
