#include <algorithm>
#include <cmath>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/exchange/import_zoo.h"
#include "saltus/exchange/inferred_symmetry.h"
#include "saltus/network/state_dict_network.h"

namespace saltus {
namespace {

constexpr int64_t kShardBytes = 8 << 20, kMostRunsAShard = 256;
constexpr size_t kListed = 10;  // of what is left out, in a description

// The largest number of checkpoints that nine runs in ten have.
int64_t usual_checkpoints(const std::vector<SourceRun>& runs) {
  std::vector<size_t> counts;
  for (const SourceRun& run : runs) counts.push_back(run.checkpoints.size());
  std::ranges::sort(counts);
  return static_cast<int64_t>(counts[counts.size() / 10]);
}

std::vector<size_t> metric_places(const RunSource& source, const ImportOptions& options) {
  std::vector<size_t> columns;
  const std::vector<std::string>& names = source.metrics();
  if (options.metrics.empty()) {
    for (size_t m = 0; m < names.size(); ++m) columns.push_back(m);
    return columns;
  }
  for (const MetricChoice& choice : options.metrics) {
    const auto found = std::ranges::find(names, choice.name);
    if (found == names.end()) {
      fail("import: expected a metric '{}', found {}; did you mean {}?", choice.name,
           fmt::join(names, ", "), nearest_name(choice.name, names));
    }
    columns.push_back(static_cast<size_t>(found - names.begin()));
    if (std::ranges::count(columns, columns.back()) > 1) {
      fail("import: expected each --metric once, found {} twice", choice.name);
    }
  }
  return columns;
}

Layout layout_of_source(const RunSource& source, const ImportOptions& options) {
  const Layout found = source.layout();
  const Layout* wanted = options.architecture ? &options.architecture->layout()
                         : options.layout     ? &*options.layout
                                              : nullptr;
  if (wanted == nullptr) {
    if (found.tensors().empty()) {
      fail("import: expected tensors of floats, found none in the first checkpoint");
    }
    return found;
  }
  if (wanted->parameters() != found.parameters()) {
    fail(
        "import: expected checkpoints of {} parameters in {} tensors, as the given networks have, "
        "found {} in {}",
        wanted->parameters(), wanted->tensors().size(), found.parameters(), found.tensors().size());
  }
  // Names and shapes must fit, too, where the source has them: better said now than for each run.
  constexpr size_t kTried = 10;
  std::vector<float> theta(static_cast<size_t>(wanted->parameters()));
  const size_t first[] = {0};
  for (size_t run = 0;; ++run) {
    try {
      source.read(run, first, *wanted, theta);
      return *wanted;
    } catch (const Error&) {
      if (run + 1 == std::min(source.runs().size(), kTried)) throw;
    }
  }
}

// Everything that decides which numbers the zoo will hold, so that an import goes on only with the
// same source.
std::string listing_hash(const RunSource& source, const ImportPlan& plan) {
  std::string text;
  for (const size_t run : plan.runs) {
    const SourceRun& r = source.runs()[run];
    text += r.name + "\n";
    for (const SourceCheckpoint& c : r.checkpoints) {
      text += fmt::format("{} {}\n", c.iteration, fmt::join(c.metrics, " "));
    }
  }
  return hash_text(hash_bytes(std::as_bytes(std::span(text))));
}

std::string left_out_text(const std::vector<LeftOut>& left_out) {
  std::string text;
  for (size_t i = 0; i < std::min(left_out.size(), kListed); ++i) {
    text += fmt::format("  {}: {}\n", left_out[i].what, left_out[i].why);
  }
  if (left_out.size() > kListed) {
    text += fmt::format("  ... and {} more, in import.json\n", left_out.size() - kListed);
  }
  return text;
}

}  // namespace

ImportPlan plan_import(const RunSource& source, const ImportOptions& options) {
  ImportPlan plan{.description = {},
                  .runs = {},
                  .columns = {},
                  .measuring = options.measuring,
                  .left_out = source.left_out()};
  const std::vector<SourceRun>& runs = source.runs();
  const int64_t checkpoints =
      options.checkpoints > 0 ? options.checkpoints : usual_checkpoints(runs);
  if (checkpoints < 2) {
    fail(
        "import: expected runs of two checkpoints or more, since a generator learns from one to "
        "another, found {} a run",
        checkpoints);
  }
  for (size_t r = 0; r < runs.size(); ++r) {
    const auto found = static_cast<int64_t>(runs[r].checkpoints.size());
    if (found >= checkpoints) {
      plan.runs.push_back(r);
    } else {
      plan.left_out.push_back(
          {"run " + runs[r].name, fmt::format("it has {} of {} checkpoints", found, checkpoints)});
    }
  }
  if (plan.runs.empty()) {
    fail("import: expected runs of {} checkpoints, found none so long; lower --checkpoints",
         checkpoints);
  }
  ZooDescription& d = plan.description;
  if (plan.measuring) {
    d.metrics = plan.measuring->metrics;
  } else {
    plan.columns = metric_places(source, options);
  }
  d.task = options.task;
  d.layout = layout_of_source(source, options);
  if (options.architecture) {
    d.symmetry = options.architecture->symmetry();
    d.architecture = options.architecture->to_json();
    plan.symmetry_note = "as the given architecture has it";
  } else {
    InferredSymmetry inferred = infer_symmetry(d.layout);
    if (options.symmetry) {
      d.symmetry = *options.symmetry;
      plan.symmetry_note = "as given";
    } else {
      d.symmetry = std::move(inferred.symmetry);
      plan.symmetry_note = inferred.reason.empty() ? "guessed from names and shapes: a sequential "
                                                     "network without skip connections"
                                                   : "none: " + inferred.reason;
    }
    d.architecture = make_state_dict_network(d.layout, d.symmetry)->to_json();
  }
  for (size_t m = 0; m < plan.columns.size(); ++m) {
    MetricValues values;
    for (const size_t run : plan.runs) {
      const std::vector<SourceCheckpoint>& all = runs[run].checkpoints;
      values.first.push_back(all.front().metrics[plan.columns[m]]);
      for (const SourceCheckpoint& c : all) values.all.push_back(c.metrics[plan.columns[m]]);
    }
    const MetricChoice choice = options.metrics.empty()
                                    ? MetricChoice{.name = source.metrics()[plan.columns[m]]}
                                    : options.metrics[m];
    d.metrics.push_back(resolve_metric(choice, std::move(values)));
  }
  d.checkpoints = checkpoints;
  d.dtype = options.dtype;
  const int64_t run_bytes =
      checkpoints * d.layout.parameters() * static_cast<int64_t>(sizeof(float));
  plan.runs_per_shard = std::clamp<int64_t>(kShardBytes / run_bytes, 1, kMostRunsAShard);
  d.made_by = {{"imported",
                {{"source", source.kind()},
                 {"measured", plan.measuring != nullptr},
                 {"runs", plan.runs.size()},
                 {"listing", listing_hash(source, plan)}}}};
  return plan;
}

std::string describe_plan(const RunSource& source, const ImportPlan& plan) {
  const ZooDescription& d = plan.description;
  std::string text = fmt::format("{:<12} {}\n{:<12} {} of {} checkpoints, {} {} parameters each\n",
                                 "source", source.kind(), "runs", plan.runs.size(), d.checkpoints,
                                 d.layout.parameters(), dtype_name(d.dtype));
  for (const Metric& metric : d.metrics) {
    text += fmt::format("{:<12} {}: {}, from {:g} (untrained) to {:g}, resolution {:g}\n", "metric",
                        metric.name, metric.maximise ? "more is better" : "less is better",
                        metric.worst, metric.best, metric.resolution);
  }
  text += fmt::format("{:<12} {}\n", "symmetry", plan.symmetry_note);
  // Each tensor with the units along its axes.
  for (size_t t = 0; t < d.layout.tensors().size(); ++t) {
    const TensorSpec& tensor = d.layout.tensors()[t];
    std::vector<std::string> axes;
    for (const int64_t n : tensor.shape) axes.push_back(std::to_string(n));
    for (const UnitGroup& group : d.symmetry.groups()) {
      for (const UnitAxis& axis : group.axes) {
        if (axis.tensor == t) axes[static_cast<size_t>(axis.axis)] += " units of " + group.name;
      }
    }
    text += fmt::format("  {} [{}]\n", tensor.name, fmt::join(axes, ", "));
  }
  if (!plan.left_out.empty()) {
    text += fmt::format("left out     {}\n{}", plan.left_out.size(), left_out_text(plan.left_out));
  }
  return text;
}

}  // namespace saltus
