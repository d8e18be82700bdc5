// Checkpoints of other programs into a zoo.
#include <torch/torch.h>

#include "bindings.h"
#include "interruptible.h"
#include "saltus/base/error.h"
#include "saltus/exchange/import_zoo.h"
#include "saltus/exchange/open_source.h"
#include "saltus/workflow/cards.h"

namespace saltus {
namespace {

// Python's function measures the checkpoints of a run: [C, P] -> [C, M].
std::shared_ptr<const Measuring> measuring_by(py::handle function, std::vector<Metric> metrics) {
  const auto columns = static_cast<int64_t>(metrics.size());
  const auto measure = [function, columns](std::span<const float> theta, std::span<float> out) {
    const torch::NoGradGuard no_grad;
    const int64_t rows = static_cast<int64_t>(out.size()) / columns;
    const at::Tensor own =
        at::from_blob(const_cast<float*>(theta.data()),
                      {rows, static_cast<int64_t>(theta.size()) / rows}, at::kFloat)
            .clone();
    at::Tensor all = at::from_blob(out.data(), {rows, columns}, at::kFloat);
    const py::gil_scoped_acquire lock;
    all.copy_(function(own).cast<at::Tensor>());
  };
  return std::make_shared<Measuring>(Measuring{std::move(metrics), measure});
}

ImportOptions import_options(const Json& given, const RunSource& source) {
  ImportOptions options;
  options.task = given.at("task");
  options.checkpoints = given.at("checkpoints");
  options.dtype = dtype_from_name(given.at("dtype").get<std::string>());
  if (!given.at("layout").is_null()) options.layout = Layout::from_json(given["layout"]);
  if (!given.at("symmetry").is_null()) {
    const Layout layout = options.layout ? *options.layout : source.layout();
    options.symmetry = Symmetry::from_json(layout, given["symmetry"]);
  }
  return options;
}

// What was found, in words.
std::string import_zoo(const fs::path& source_path, const fs::path& folder, const std::string& text,
                       const py::object& measure, const JobArguments& arguments) {
  const Json given = json_argument(text);
  std::vector<MetricChoice> choices;
  std::vector<Metric> metrics;
  for (const Json& metric : given.at("metrics")) {
    if (metric.is_string()) {
      choices.push_back(parse_metric_choice(metric.get<std::string>()));
      continue;
    }
    metrics.push_back(Metric::from_json(metric));
    const Metric& m = metrics.back();
    choices.push_back({m.name, m.maximise, m.worst, m.best, m.resolution, m.measured_on});
  }
  SourceOptions from{.source = source_path,
                     .pattern = given.at("pattern"),
                     .table = given.at("table").get<std::string>(),
                     .key = given.at("key"),
                     .metrics = {},
                     .exclude = given.at("exclude"),
                     .measured = !measure.is_none()};
  if (measure.is_none()) {
    for (const MetricChoice& choice : choices) from.metrics.push_back(choice.name);
  }
  std::string found;
  run_interruptibly(arguments, [&](const Job& job) {
    const std::unique_ptr<RunSource> source = open_source(from, job);
    ImportOptions options = import_options(given, *source);
    if (measure.is_none()) {
      options.metrics = choices;
    } else {
      options.measuring = measuring_by(measure, metrics);
    }
    const ImportPlan plan = plan_import(*source, options);
    import_runs(*source, plan, folder, job);
    if (!job.stopped()) write_zoo_card(folder, given.at("license").get<std::string>());
    found = describe_plan(*source, plan);
  });
  return found;
}

}  // namespace

void bind_imports(py::module_& module) { module.def("import_zoo", &import_zoo); }

}  // namespace saltus
