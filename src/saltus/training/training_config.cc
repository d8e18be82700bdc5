#include "saltus/training/training_config.h"

#include <algorithm>

#include "saltus/base/error.h"
#include "saltus/training/batch.h"
#include "saltus/training/optimizer.h"

namespace saltus {

void TrainingConfig::declare(Options& o) {
  o.choice("training.preset", preset, {"default", "paper"}, "the generator's design");
  o.add("training.metrics", metrics, "metrics that condition it; empty: the zoo's first");
  o.add("training.seed", seed, "of weights, data order and noise", {0, 1e15});
  o.add("training.steps", steps, "optimiser steps", {1, 1e9});
  o.add("training.batch", batch, "pairs a step", {1, 1e6});
  o.add("training.workers", workers, "parts of a batch, each on its own core", {1, 1024});
  o.add("training.learning_rate", learning_rate, "peak learning rate", {1e-8, 1});
  o.add("training.warmup", warmup, "steps of linear warm-up", {0, 1e8});
  o.add("training.final_rate", final_rate, "share of the rate left at the end of the cosine",
        {0, 1});
  o.add("training.weight_decay", weight_decay, "decoupled, on weights of linear layers", {0, 1});
  o.add("training.beta2", beta2, "Adam's mean of squared gradients", {0, 0.999999});
  o.add("training.clip", clip, "global gradient norm; 0: none", {0, 1e9});
  o.add("training.ema", ema, "decay of the weights' average", {0, 1});
  o.add("training.ema_warmup", ema_warmup, "shorten the average's memory in the first steps");
  o.add("training.mirror", mirror, "mirror half of the pairs, where the task has a mirror");
  o.choice("training.precision", precision, {"f32", "bf16"}, "arithmetic of the transformer");
  o.choice("training.network_precision", network_precision, {"f32", "bf16"},
           "arithmetic of the target networks where losses run them; bf16 is meant for ConvNets");
  o.add("training.near_noise", near_noise, "share of timesteps drawn near t = 999", {0, 1});
  o.add("training.target_loss_end", target_loss_end,
        "share of the losses on weights and function left at the end, to which they fall evenly",
        {0, 1});
  o.add("training.function_loss", function_loss, "weight of the loss on probe outputs; 0: off",
        {0, 1e6});
  o.add("training.function_probes", function_probes,
        "probe inputs a step, for that loss and the next", {1, 1e6});
  o.add("training.spread_loss", spread_loss,
        "weight of the energy distance between the updates of many starts and the zoo's networks; "
        "0: off",
        {0, 1e6});
  o.add("training.metric_loss", metric_loss, "weight of the loss on the prompted metric; 0: off",
        {0, 1e6});
  o.choice("training.metric_from", metric_from, {"data", "critic"},
           "what reads the metric for that loss: the task's training data, where it can be read "
           "off them, or a learned critic");
  o.add("training.metric_inputs", metric_inputs, "training data a step reads it off", {1, 1e7});
  o.add("training.calibrate_metric", calibrate_metric,
        "correct what is read there by what the zoo's checkpoints read: training data flatter "
        "networks that learnt from them");
  o.add("training.metric_log", metric_log, "share of that in the metric's logarithmic coordinate",
        {0, 1});
  o.add("training.fresh_starts", fresh_starts,
        "share of a batch that starts from networks of no run: the metric alone teaches it",
        {0, 0.9});
  o.add("training.updated_starts", updated_starts,
        "share of these that start from the generator's own update of them", {0, 1});
  o.add("training.stay_loss", stay_loss,
        "weight of the loss on the size of a second update towards the same prompt; 0: off",
        {0, 1e6});
  o.add("training.fresh_evaluations", fresh_sampler.evaluations,
        "evaluations of an update that these starts learn for, each from what those before it made",
        {1, 1000});
  o.add("training.fresh_stop_at", fresh_sampler.stop_at, "last timestep of such an update",
        {0, 999});
  o.add("training.fresh_pool", fresh_pool, "such networks, drawn and measured once", {1, 1e7});
  o.add("training.fresh_schemes", fresh_schemes, "their initialisers, in turn");
  o.add("training.validate_every", validate_every, "steps between validations", {1, 1e9});
  o.add("training.save_every", save_every, "steps between saved states", {1, 1e9});
  pairs.declare(o);
  graph.declare(o);
  paper.declare(o, "paper");
  critic.declare(o);
}

double TrainingConfig::rate_at(int64_t step) const {
  const double f = final_rate;
  const auto x = static_cast<double>(step), ramp_steps = static_cast<double>(warmup);
  const double ramp = ramp_steps > 0 ? std::min(1.0, x / ramp_steps) : 1.0;
  const double cosine = warmup_cosine(1, x, static_cast<double>(steps), ramp_steps);
  return learning_rate * ((1 - f) * cosine + f * ramp);
}

double TrainingConfig::average_decay_at(int64_t step) const {
  if (!ema_warmup) return ema;
  // A short memory at first, so that the average forgets the untrained weights.
  const auto x = static_cast<double>(step);
  return std::min(ema, (1 + x) / (10 + x));
}

void TrainingConfig::check_rows(const BatchConfig& rows) const {
  const bool fresh = !rows.sampled.empty();
  if (fresh && updated_starts > 0 && rows.updated == 0) {
    fail(
        "training.updated_starts: expected a share of one or more of the {} fresh rows a worker "
        "has, found {}; raise it, training.batch or training.fresh_starts",
        rows.unpaired, updated_starts);
  }
  if (stay_loss > 0 && rows.updated == 0) {
    fail(
        "training.stay_loss: expected starts updated beforehand, found none; set "
        "training.fresh_starts and training.updated_starts, or leave it out");
  }
  const int64_t paired = rows.size - rows.unpaired;
  if (spread_loss > 0 && paired < 2) {
    fail(
        "training.spread_loss: expected two or more rows with a target a worker, found {}; raise "
        "training.batch, or lower training.fresh_starts",
        paired);
  }
}

}  // namespace saltus
