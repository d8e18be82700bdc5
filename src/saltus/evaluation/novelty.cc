#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saltus/evaluation/matching.h"
#include "saltus/evaluation/sections.h"
#include "saltus/evaluation/statistics.h"

namespace saltus {
namespace {

constexpr int64_t kNearest = 64, kBehaviourProbes = 256;
constexpr int64_t kExactDistance =
    2;  // of at::cdist: no matrix product, which would blur small distances

using Vectors = std::vector<std::vector<float>>;  // [rows][P], canonical order

Vectors canonical_rows(const UnitMatcher& matcher, const at::Tensor& x) {
  const at::Tensor rows = x.to(at::kFloat).contiguous();
  const auto width = static_cast<size_t>(rows.size(1));
  Vectors out;
  for (int64_t i = 0; i < rows.size(0); ++i) {
    const float* row = rows.data_ptr<float>() + i * rows.size(1);
    out.push_back(matcher.canonical({row, width}));
  }
  return out;
}

// Distance from each of `queries` to its nearest reference, hidden units matched: quickly for all
// references, then from both guesses for the nearest few.
std::vector<double> nearest(const Bench& bench, const UnitMatcher& matcher, const Vectors& queries,
                            const Vectors& references, Meter& meter) {
  const auto count = static_cast<int64_t>(references.size());
  const int64_t few = std::min(count, kNearest);
  std::vector<double> out;
  for (const std::vector<float>& query : queries) {
    std::vector<double> distances(references.size());
    parallel_for(count, bench.threads, [&](int64_t j) {
      const auto reference = static_cast<size_t>(j);
      distances[reference] = matcher.quick_distance(query, references[reference]);
    });
    std::vector<size_t> order(references.size());
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + few, order.end(),
                      [&](size_t a, size_t b) { return distances[a] < distances[b]; });
    parallel_for(few, bench.threads, [&](int64_t j) {
      const size_t reference = order[static_cast<size_t>(j)];
      distances[reference] = matcher.match(query, references[reference]).distance;
    });
    out.push_back(*std::min_element(distances.begin(), distances.end()));
    meter.advance(1);
  }
  return out;
}

Json summary(const std::vector<double>& x) {
  return {{"median", median(x)},
          {"p10", quantile(x, 0.1)},
          {"min", quantile(x, 0)},
          {"max", quantile(x, 1)},
          {"values", x}};
}

Json compare(const std::vector<double>& generated, const std::vector<double>& held_out) {
  return {{"generated", summary(generated)},
          {"held_out", summary(held_out)},
          {"ratio", median(generated) / median(held_out)},
          {"ratio_p10", quantile(generated, 0.1) / quantile(held_out, 0.1)}};
}

// Intersection over union of each row of `sets` [K, N] with each of `others` [J, N]: [K, J].
at::Tensor overlaps(const at::Tensor& sets, const at::Tensor& others) {
  const at::Tensor a = sets.to(at::kFloat), b = others.to(at::kFloat);
  const at::Tensor common = at::mm(a, b.t());
  const at::Tensor either = a.sum(1, true) + b.sum(1).unsqueeze(0) - common;
  return common / either.clamp_min(1);
}

std::vector<double> largest_overlaps(const at::Tensor& sets, const at::Tensor& references) {
  return to_vector(std::get<0>(overlaps(sets, references).max(1)));
}

// Of two different rows, on average; null of a single one.
Json mean_overlap_among(const at::Tensor& sets) {
  const int64_t count = sets.size(0);
  if (count < 2) return nullptr;
  const at::Tensor all = overlaps(sets, sets).fill_diagonal_(0);
  return all.sum().item<double>() / static_cast<double>(count * (count - 1));
}

at::Tensor share_of(const at::Tensor& mistakes) { return mistakes.to(at::kDouble).mean(1); }

// What each held-out run answers wrongly, [K, N], at the point of its course where it is wrong as
// often as `generated` [K, N], the network of the same start, as nearly as may be: overlap goes
// with accuracy, so only equals compare.
at::Tensor equally_many(const Bench& bench, const HeldOut& held_out, const at::Tensor& generated) {
  const auto mistakes = [&](const at::Tensor& theta) {
    return bench.inputs.task.mistakes(theta, bench.job.quiet());
  };
  if (held_out.curve.empty()) return mistakes(held_out.final);
  const at::Tensor wanted = share_of(generated);
  at::Tensor gap = at::full_like(wanted, INFINITY), chosen = at::zeros_like(generated);
  for (const Optimiser::Point& point : held_out.curve) {
    const at::Tensor now = mistakes(point.theta);
    const at::Tensor distance = (share_of(now) - wanted).abs();
    const at::Tensor nearer = distance < gap;
    gap = at::where(nearer, distance, gap);
    chosen = at::where(nearer.unsqueeze(1), now, chosen);
  }
  return chosen;
}

// Do generated networks, wrong on `own` [K, N], fail on the same test data as a training network,
// or as each other?
Json compare_mistakes(const Bench& bench, const HeldOut& held_out, const at::Tensor& own,
                      const at::Tensor& training) {
  const at::Tensor references = bench.inputs.task.mistakes(training, bench.job.quiet()),
                   others = equally_many(bench, held_out, own);
  Json json = compare(largest_overlaps(own, references), largest_overlaps(others, references));
  json["among"] = {{"generated", mean_overlap_among(own)},
                   {"held_out", mean_overlap_among(others)}};
  json["mistaken"] = {{"generated", mean(to_vector(share_of(own)))},
                      {"held_out", mean(to_vector(share_of(others)))}};
  return json;
}

// Do generated networks answer as a training network does?
Json compare_behaviour(const Bench& bench, const HeldOut& held_out, const at::Tensor& generated,
                       const at::Tensor& training) {
  const at::Tensor inputs = bench.probe_inputs(kBehaviourProbes);
  const at::Tensor references = bench.actions(training, inputs);
  const auto distances = [&](const at::Tensor& theta) {
    const at::Tensor actions = bench.actions(theta, inputs);
    const at::Tensor nearest_action =
        std::get<0>(at::cdist(actions, references, 2, kExactDistance).min(1));
    return to_vector(nearest_action / std::sqrt(static_cast<double>(actions.size(1))));
  };
  return compare(distances(generated), distances(held_out.final));
}

Json medians(const std::vector<double>& generated, const std::vector<double>& held_out) {
  return {{"generated", median(generated)}, {"held_out", median(held_out)}};
}

std::vector<double> norms(const at::Tensor& x) { return to_vector(x.to(at::kDouble).norm(2, 1)); }

std::vector<double> quotient(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  for (size_t i = 0; i < a.size(); ++i) out.push_back(a[i] / b[i]);
  return out;
}

// At most `count` of `runs`, evenly spaced.
std::vector<int64_t> thinned(const std::vector<int64_t>& runs, int64_t count) {
  const auto all = static_cast<int64_t>(runs.size());
  const int64_t kept = std::min(all, count);
  std::vector<int64_t> out;
  for (int64_t i = 0; i < kept; ++i) out.push_back(runs[static_cast<size_t>(i * all / kept)]);
  return out;
}

}  // namespace

Json novelty(const Bench& bench, const HeldOut& held_out) {
  const at::Tensor& start = held_out.start;
  const at::Tensor generated =
      bench.update_to_best(start, bench.condition(start), {.seed = bench.seed("novelty")});
  const std::vector<int64_t> runs = thinned(bench.training_runs(), bench.config.reference_runs);
  const at::Tensor first = bench.checkpoints(runs, 0);
  const at::Tensor last = bench.checkpoints(runs, bench.inputs.zoo.checkpoints() - 1);

  const Architecture& architecture = bench.inputs.task.architecture();
  const UnitMatcher matcher(architecture.layout(), architecture.symmetry());
  Meter meter(bench.job, "novelty", 4 * start.size(0));
  const auto distances = [&](const at::Tensor& queries, const Vectors& references) {
    return nearest(bench, matcher, canonical_rows(matcher, queries), references, meter);
  };
  const Vectors networks = canonical_rows(matcher, last);
  const Json weights = compare(distances(generated, networks), distances(held_out.final, networks));

  const at::Tensor generated_update = generated - start, own_update = held_out.final - start;
  const Vectors training_updates = canonical_rows(matcher, last - first);
  const std::vector<double> generated_distance = distances(generated_update, training_updates);
  const std::vector<double> own_distance = distances(own_update, training_updates);
  Json updates = compare(generated_distance, own_distance);
  updates["norm"] = medians(norms(generated_update), norms(own_update));
  updates["relative"] = medians(quotient(generated_distance, norms(generated_update)),
                                quotient(own_distance, norms(own_update)));

  const Vectors own_networks = canonical_rows(matcher, held_out.final);
  const Vectors generated_networks = canonical_rows(matcher, generated);
  std::vector<double> own_run;
  for (size_t i = 0; i < own_networks.size(); ++i) {
    own_run.push_back(matcher.match(generated_networks[i], own_networks[i]).distance);
  }
  Json json = {{"starts", start.size(0)},
               {"held_out_source", held_out.source},
               {"training_runs", runs.size()},
               {"weights", weights},
               {"updates", updates},
               {"metric",
                {{"generated", mean(to_vector(bench.score(generated)))},
                 {"held_out", mean(to_vector(bench.score(held_out.final)))}}},
               {"own_run", median(own_run)}};
  if (bench.answers()) json["behaviour"] = compare_behaviour(bench, held_out, generated, last);
  const at::Tensor mistakes = bench.inputs.task.mistakes(generated, bench.job.quiet());
  if (mistakes.defined()) json["mistakes"] = compare_mistakes(bench, held_out, mistakes, last);
  return json;
}

}  // namespace saltus
