#include "saltus/training/training.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "saltus/base/error.h"
#include "saltus/base/workers.h"
#include "saltus/generator/diffusion.h"
#include "saltus/generator/generator.h"
#include "saltus/generator/packed_blocks.h"
#include "saltus/generator/precision.h"
#include "saltus/generator/presets.h"
#include "saltus/network/device.h"
#include "saltus/training/batch.h"
#include "saltus/training/batches_ahead.h"
#include "saltus/training/description.h"
#include "saltus/training/event_log.h"
#include "saltus/training/generated_networks.h"
#include "saltus/training/loss.h"
#include "saltus/training/optimizer.h"
#include "saltus/training/standardisation.h"
#include "saltus/training/training_state.h"
#include "saltus/training/validation.h"
#include "saltus/training/worker_share.h"

namespace saltus {
namespace {

constexpr int64_t kPiece = 1 << 18;      // of a gradient, summed at a time
constexpr int64_t kWatchedSamples = 16;  // networks nobody trained, updated at each validation

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Trainer {
 public:
  Trainer(const TrainingConfig& config, const TrainingInputs& inputs, fs::path folder,
          const Job& job);
  void run();

 private:
  void refine_critic();
  void step();
  Batch own_batch(int64_t count) const;
  void validate_and_log();
  void save(bool final);

  const TrainingConfig& config_;
  const TrainingInputs& inputs_;
  const Zoo& zoo_;
  const Probes& probes_;
  const fs::path folder_;
  const Job& job_;
  const at::Device device_;
  WorkerShare share_;
  const uint64_t seed_;
  std::vector<size_t> columns_;  // of the conditioning metrics in the zoo
  std::vector<PromptedMetric> metrics_;
  std::vector<int64_t> train_runs_;
  const GeneratorDescription description_;
  std::shared_ptr<const Architecture> architecture_;
  std::shared_ptr<Denoiser> denoiser_;
  MeasuredNetworks fresh_;  // starts of no run
  double paused_ = 0;       // seconds of this call that went to the critic
  std::unique_ptr<CriticTrainer> critic_trainer_;
  std::shared_ptr<Critic> critic_;
  std::unique_ptr<PairSampler> pairs_;
  std::unique_ptr<AdamW> optimizer_;
  std::vector<at::Tensor> parameters_;  // in the optimiser's order
  PackedBlocks packed_;                 // of the denoiser, where it computes so
  at::Tensor alphas_cumprod_;
  BatchConfig batch_;
  LossConfig loss_;
  std::vector<Batch> validation_;
  TrainingState state_;
  std::unique_ptr<EventLog> events_;  // of the process that leads
  Json identity_;
  double recent_total_ = 0;
  int64_t recent_count_ = 0;
  std::unique_ptr<Workers> threads_;     // one a worker; one for all with a GPU
  std::unique_ptr<BatchesAhead> ahead_;  // with a GPU; last, since it uses the others
};

Trainer::Trainer(const TrainingConfig& config, const TrainingInputs& inputs, fs::path folder,
                 const Job& job)
    : config_(config),
      inputs_(inputs),
      zoo_(inputs.zoo),
      probes_(inputs.probes),
      folder_(std::move(folder)),
      job_(job),
      device_(device_named(job.device)),
      share_(job, config.workers, device_),
      seed_(static_cast<uint64_t>(config.seed)),
      columns_(metric_columns(config, inputs.zoo)),
      train_runs_(inputs.zoo.runs_of(Split::train)),
      description_(describe_generator(config, inputs.zoo, columns_)),
      architecture_(description_.architecture) {
  const Zoo& zoo = zoo_;
  const Probes& probes = probes_;
  if (config.batch % config.workers != 0) {
    fail("train: training.workers must divide training.batch, found {} and {}", config.workers,
         config.batch);
  }
  if (train_runs_.empty()) fail("train: {} holds no training run", zoo.folder().string());
  for (const size_t column : columns_) metrics_.push_back({zoo.description().metrics[column]});
  denoiser_ = make_denoiser(description_, probes, seed_);
  if (auto* graph = dynamic_cast<NeuralGraphDenoiser*>(denoiser_.get())) {
    set_statistics(*graph, zoo, probes, seed_);
  }
  denoiser_->move_to(device_);
  const bool paper = config.preset == "paper";
  loss_ = {.function_loss = config.function_loss,
           .spread_loss = config.spread_loss,
           .metric_loss = config.metric_loss,
           .metric_log = config.metric_log,
           .stay_loss = config.stay_loss,
           .squash = probes.squash,
           .logits = probes.logits,
           .bf16 = product_type(config.precision, device_) == at::kBFloat16,
           .networks_bf16 = product_type(config.network_precision, device_) == at::kBFloat16};
  if (device_.is_cpu() && loss_.bf16) packed_ = PackedBlocks(*denoiser_);
  batch_ = {
      .size = config.batch / config.workers,
      .dimension = denoiser_->dimension(),
      .metrics = columns_,
      .near_noise = config.near_noise,
      .probes = config.function_loss > 0 || config.spread_loss > 0 ? config.function_probes : 0,
      .permute = paper,
      .mirror = config.mirror};
  if (config.metric_loss > 0 && inputs.measure && inputs.fresh_network) {
    fresh_ =
        draw_fresh_networks(config.fresh_schemes, config.fresh_pool, inputs.fresh_network,
                            inputs.measure, RandomStream(seed_, "training.fresh").bits64(), job);
    batch_.sampled = sampling_steps(config.fresh_sampler);
    // At least one row has a target.
    batch_.unpaired = std::min<int64_t>(
        std::llround(config.fresh_starts * static_cast<double>(batch_.size)), batch_.size - 1);
    batch_.updated = std::llround(config.updated_starts * static_cast<double>(batch_.unpaired));
  }
  config.check_rows(batch_);
  pairs_ = std::make_unique<PairSampler>(zoo, train_runs_, columns_.front(), config.pairs);
  const DiffusionProcess process(linear_betas(), respaced_steps(""));
  alphas_cumprod_ = at::tensor(process.alphas_cumprod, at::kDouble).to(device_, at::kFloat);

  optimizer_ = std::make_unique<AdamW>(
      *denoiser_,
      AdamWConfig{.beta2 = config.beta2,
                  .weight_decay = config.weight_decay,
                  .clip = config.clip,
                  .ema = config.ema},
      // Every linear layer's weight, nothing else (the reference's rule).
      [](const std::string& name) {
        return name.ends_with("weight") && name.find("ln") == std::string::npos &&
               name.find("norm") == std::string::npos;
      });
  const auto named = denoiser_->named_parameters();
  for (const std::string& name : optimizer_->names()) parameters_.push_back(named[name]);

  for (const Batch& batch : validation_batches(batch_, zoo, config.pairs, probes, seed_)) {
    validation_.push_back(batch.to(device_));
  }
}

// The batches of this process's workers, counted through its steps.
Batch Trainer::own_batch(int64_t count) const {
  const auto number = static_cast<uint64_t>(share_.batch_number(count));
  return draw_batch(batch_, zoo_, *pairs_, probes_, fresh_,
                    RandomStream(seed_, "training.batch", number));
}

void Trainer::step() {
  LossConfig weighed = loss_;
  weighed.weight_loss = 1 - (1 - config_.target_loss_end) * static_cast<double>(state_.step) /
                                static_cast<double>(config_.steps);
  weighed.function_loss *= weighed.weight_loss;
  const int64_t workers = share_.workers();
  std::vector<double> losses(static_cast<size_t>(workers));
  std::vector<std::vector<at::Tensor>> gradients(static_cast<size_t>(workers));
  const PackedBlocks::Use packed = packed_.pack(*threads_);
  threads_->for_each(workers, [&](int64_t worker) {
    if (!ahead_) at::set_num_threads(1);  // of this thread: the workers are the parallelism
    const auto w = static_cast<size_t>(worker);
    const Batch batch =
        ahead_ ? ahead_->next().to(device_) : own_batch(state_.step * workers + worker);
    const Loss loss =
        diffusion_loss(weighed, *denoiser_, *architecture_, metrics_, batch, alphas_cumprod_);
    const at::Tensor part = loss.total / static_cast<double>(config_.workers);
    gradients[w] = torch::autograd::grad({part}, parameters_);
    for (at::Tensor& gradient : gradients[w]) gradient = gradient.reshape(-1);
    losses[w] = part.item<double>();
  });
  optimizer_->sum_gradients(gradients, threads_.get());
  double loss = std::accumulate(losses.begin(), losses.end(), 0.0);
  share_.sum(optimizer_->gradients, loss);
  optimizer_->step(config_.rate_at(state_.step), config_.average_decay_at(state_.step),
                   threads_.get());
  ++state_.step;
  recent_total_ += loss;
  ++recent_count_;
}

void Trainer::refine_critic() {
  const auto begin = Clock::now();
  Job whole = job_;
  whole.stop = nullptr;  // a critic fitted in part would not be what an uninterrupted training has
  {
    const AveragedWeights averaged(*optimizer_);
    const uint64_t seed =
        RandomStream(seed_, "training.generated", static_cast<uint64_t>(state_.step)).bits64();
    const MeasuredNetworks made =
        generate_networks(Generator(description_, denoiser_), fresh_, config_.critic.generated,
                          inputs_.measure, seed, job_.quiet());
    critic_trainer_->refine(made, state_.step, whole);
  }
  const double seconds = seconds_since(begin);
  state_.critic_seconds += seconds;
  paused_ += seconds;
}

void Trainer::validate_and_log() {
  if (!share_.leads()) return;
  const AveragedWeights averaged(*optimizer_);
  const ValidationResult v = validate(loss_, *denoiser_, *architecture_, metrics_, validation_,
                                      alphas_cumprod_, seed_, *threads_);
  Json line = {
      {"step", state_.step},
      {"steps", config_.steps},  // in all, so that who follows the log knows what is left
      {"train_loss", recent_total_ / static_cast<double>(std::max<int64_t>(recent_count_, 1))},
      {"validation_loss", v.loss},
      {"validation_weights", v.weights},
      {"validation_function", v.function},
      {"validation_spread", v.spread},
      {"validation_metric", v.metric},
      {"dispersion", v.dispersion},
      {"learning_rate", config_.rate_at(state_.step)},
      {"seconds", state_.seconds}};
  if (fresh_.size() > 0) {
    line["sample_" + metrics_.front().metric.name] = best_prompt_metric(
        Generator(description_, denoiser_), fresh_, kWatchedSamples, inputs_.measure,
        RandomStream(seed_, "training.watched").bits64(), job_.quiet());
  }
  recent_total_ = 0;
  recent_count_ = 0;
  state_.metrics_lines += line.dump() + "\n";
  if (v.loss < state_.best_validation) {
    state_.best_validation = v.loss;
    Generator(description_, denoiser_).save(folder_ / "best.safetensors");
  }
  write_file(folder_ / "metrics.jsonl", state_.metrics_lines);
  events_->add(line);
}

void Trainer::save(bool final) {
  share_.check_same_weights(optimizer_->weights, folder_ / "state.safetensors");
  if (!share_.leads()) return;
  {
    const AveragedWeights averaged(*optimizer_);
    Generator(description_, denoiser_).save(folder_ / "generator.safetensors");
  }
  save_state(folder_ / "state.safetensors", identity_, state_, *optimizer_, critic_.get());
  if (critic_)
    critic_->save(folder_ / "critic.safetensors", {{"zoo_hash", hash_text(zoo_.hash())}});
  if (!final) return;
  Json record = {{"steps", state_.step},
                 {"samples_seen", state_.step * config_.batch},
                 {"device", job_.device},
                 {"precision", loss_.bf16 ? "bf16" : "f32"},
                 {"calibrations", inputs_.calibrations},
                 {"seconds", state_.seconds},
                 {"validation_seconds", state_.validation_seconds},
                 {"critic_seconds", state_.critic_seconds}};
  if (const std::string by = share_.summed_by(); !by.empty()) record["gradients_summed_by"] = by;
  write_file(folder_ / "training.json", record.dump(2) + "\n");
}

void Trainer::run() {
  fs::create_directories(folder_);
  if (share_.any_stopped()) return;  // while it was made, and left unready
  identity_ = {{"config", description_.config}, {"zoo_hash", hash_text(zoo_.hash())}};
  // What else rounds in another way.
  if (!device_.is_cpu()) identity_["device"] = "cuda";
  if (computes_wider(config_.precision, device_) ||
      computes_wider(config_.network_precision, device_)) {
    identity_["bf16"] = "computed in f32";
  }
  Clock::time_point begin = Clock::now();
  for (PromptedMetric& prompted : metrics_) {
    const auto reader = inputs_.read_metric.find(prompted.metric.name);
    if (reader != inputs_.read_metric.end()) prompted.read = reader->second;
  }
  if (config_.metric_loss > 0 && !metrics_.front().read) {
    critic_trainer_ = std::make_unique<CriticTrainer>(
        config_.critic, architecture_, metrics_.front().metric, probes_,
        measured_networks(zoo_, train_runs_, columns_.front()), seed_);
    critic_ = critic_trainer_->critic();
    metrics_.front().read = [critic = critic_](const at::Tensor& theta, RandomStream&) {
      const FullPrecisionGuard full;  // it learned in float32, and on the CPU
      return critic->predict(theta.cpu()).to(theta.device());
    };
  }
  for (const PromptedMetric& prompted : metrics_) {
    if (batch_.updated > 0 && !prompted.read) {
      fail(
          "training.updated_starts: expected metrics that can be read off a network, found '{}'; "
          "leave out that metric, or the updated starts",
          prompted.metric.name);
    }
  }
  auto state = load_state(folder_ / "state.safetensors", identity_, *optimizer_, critic_.get());
  if (state) state_ = std::move(*state);
  share_.check_same_training(
      fmt::format("{} {} {}", identity_.dump(), fs::absolute(folder_).string(), state_.step));
  if (!state && critic_) {
    critic_trainer_->train(job_);
    if (share_.any_stopped()) return;
    state_.critic_seconds = seconds_since(begin);
  }
  if (share_.leads()) {
    events_ = std::make_unique<EventLog>(folder_, state_.metrics_lines, state_.seconds);
  }
  begin = Clock::now();  // the critic's time is told apart
  const double before = state_.seconds;
  const int64_t first_step = state_.step;
  threads_ = std::make_unique<Workers>(device_.is_cpu() ? static_cast<int>(share_.workers()) : 1);
  if (!device_.is_cpu()) {
    ahead_ = std::make_unique<BatchesAhead>([this](int64_t count) { return own_batch(count); },
                                            first_step * share_.workers(), thread_count(job_));
  }
  while (state_.step < config_.steps && !share_.stopped()) {
    step();
    state_.seconds = before + seconds_since(begin) - paused_;
    const bool last = state_.step == config_.steps;
    if (critic_ && fresh_.size() > 0 && config_.critic.refine_every > 0 &&
        (state_.step % config_.critic.refine_every == 0 || last)) {
      refine_critic();
    }
    if (state_.step % config_.validate_every == 0 || last) {
      const auto start = Clock::now();
      validate_and_log();
      state_.validation_seconds += seconds_since(start);
      state_.seconds = before + seconds_since(begin) - paused_;
    }
    if (state_.step % config_.save_every == 0 && !last) save(false);
    if (state_.step % 10 == 0 || last) {
      const double rate = static_cast<double>((state_.step - first_step) * config_.batch) /
                          (seconds_since(begin) - paused_);
      job_.report({.stage = "training",
                   .done = state_.step,
                   .total = config_.steps,
                   .unit = "steps",
                   .figures = {{"samples/s", rate},
                               {"loss", recent_count_ > 0
                                            ? recent_total_ / static_cast<double>(recent_count_)
                                            : state_.best_validation}}});
    }
  }
  save(state_.step == config_.steps);
}

}  // namespace

void train_generator(const TrainingConfig& given, const TrainingInputs& inputs,
                     const fs::path& folder, const Job& job) {
  TrainingConfig config = given;
  const bool computes = make_architecture(inputs.zoo.description().architecture)->computes();
  if (!inputs.probes.draw) config.graph.input_directions = 0;  // nothing to take them from
  if (!inputs.probes.draw || !computes) {
    // Nothing to compare functions on or to show a critic.
    config.function_loss = config.spread_loss = 0;
    const size_t first = metric_columns(config, inputs.zoo).front();
    const std::string& name = inputs.zoo.description().metrics[first].name;
    if (!inputs.read_metric.contains(name)) config.metric_loss = 0;
  }
  if (config.preset == "paper" && config.paper.coefficient == 0) {
    config.paper.coefficient = paper_coefficient(inputs.zoo, static_cast<uint64_t>(config.seed));
  }
  const int threads = at::get_num_threads();
  Trainer(config, inputs, folder, job).run();
  at::set_num_threads(threads);
}

}  // namespace saltus
