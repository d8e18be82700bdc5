// Generators: their description, and updates of rows of parameters or of dicts of tensors.
#include "saltus/generator/generator.h"

#include <torch/torch.h>

#include "bindings.h"
#include "interruptible.h"
#include "networks.h"
#include "python_task.h"
#include "saltus/network/device.h"
#include "saltus/workflow/model_files.h"
#include "saltus/workflow/prompt.h"
#include "saltus/workflow/task_match.h"
#include "saltus/workflow/updating.h"

namespace saltus {
namespace {

using SharedGenerator = std::shared_ptr<Generator>;

std::string generator_text(const Generator& generator) {
  const GeneratorDescription& d = generator.description();
  Json metrics = Json::array();
  for (const Metric& metric : d.metrics) metrics.push_back(metric.to_json());
  return Json{{"task", d.task},
              {"architecture", d.architecture->to_json()},
              {"layout", d.architecture->layout().to_json()},
              {"metrics", metrics},
              {"metric_low", d.metric_low},
              {"metric_high", d.metric_high},
              {"config", d.config},
              {"made_by", d.made_by}}
      .dump();
}

const Layout& layout_of(const Generator& generator) {
  return generator.description().architecture->layout();
}

// Error unless the tensor is [rows, columns]: what a user passes reaches no assertion.
void check_rows(const char* what, const at::Tensor& tensor, int64_t rows, int64_t columns) {
  if (tensor.dim() == 2 && tensor.size(0) == rows && tensor.size(1) == columns) return;
  fail("update: expected {} [{}, {}], found [{}]", what, rows, columns,
       fmt::join(tensor.sizes(), ", "));
}

at::Tensor sample_rows(const Generator& generator, const at::Tensor& theta,
                       const at::Tensor& start_metric, const at::Tensor& prompt, uint64_t seed,
                       const std::vector<int64_t>& numbers, const SamplerConfig& sampler) {
  const auto metrics = static_cast<int64_t>(generator.description().metrics.size());
  if (theta.dim() != 2) fail("update: expected theta [K, P], found {} dimensions", theta.dim());
  const int64_t rows = theta.size(0);
  check_rows("theta", theta, rows, layout_of(generator).parameters());
  check_rows("start_metric", start_metric, rows, metrics);
  check_rows("prompt", prompt, rows, metrics);
  if (!numbers.empty() && static_cast<int64_t>(numbers.size()) != rows) {
    fail("update: expected {} sample numbers, found {}", rows, numbers.size());
  }
  const auto floats = [](const at::Tensor& x) {
    return x.detach().to(at::kCPU, at::kFloat).contiguous();
  };
  const at::Tensor updated = generator.update({.theta = floats(theta),
                                               .start_metric = floats(start_metric),
                                               .prompt = floats(prompt),
                                               .seed = seed,
                                               .sample = numbers},
                                              sampler);
  return updated.clone();  // out of inference mode: an ordinary tensor
}

struct Updated {
  py::list networks;
  at::Tensor start_metric;  // [K, M]
  at::Tensor metric;        // [K, M] after the last round, where it was measured
};

Updated update_dicts(const Generator& generator, const std::vector<py::dict>& networks,
                     const std::vector<double>& prompt,
                     const std::optional<at::Tensor>& start_metric,
                     const std::shared_ptr<PythonTask>& own, const std::string& data,
                     const UpdateOptions& options) {
  if (networks.empty()) fail("update: expected one or more networks, found none");
  if (options.samples < 1 || options.repeat < 1) {
    fail("update: expected one or more samples and rounds, found {} and {}", options.samples,
         options.repeat);
  }
  const at::Tensor theta = pack_networks(layout_of(generator), networks);
  if (start_metric) {
    check_rows("start_metric", *start_metric, theta.size(0),
               static_cast<int64_t>(generator.description().metrics.size()));
  }
  UpdateOutcome outcome;
  const auto work = [&](const Job& job) {
    const bool measures =
        !start_metric || options.measure || options.repeat > 1 || options.keep_better;
    std::shared_ptr<const Task> task = own;
    if (!task && measures) task = task_of_generator(generator, data);
    if (!task && measures) {
      fail(
          "update: networks of task {} cannot be measured here; pass start_metric= with the "
          "starts' own {} (for one update at a time, kept whatever it is), or evaluator=",
          generator.description().task, generator.description().metrics.front().name);
    }
    outcome = update_networks(generator, task.get(), nullptr, theta, prompt,
                              start_metric.value_or(at::Tensor()), options, job);
  };
  run_here(work);
  const at::Tensor metric = outcome.rounds.empty() ? at::Tensor() : outcome.rounds.back().metric;
  return {unpack_networks(layout_of(generator), outcome.theta, networks),
          outcome.start_metric.clone(), metric.defined() ? metric.clone() : metric};
}

}  // namespace

void bind_generator(py::module_& module) {
  py::class_<SamplerConfig>(module, "Sampler")
      .def(
          py::init([](const std::string& method, int64_t evaluations, double eta, int64_t stop_at) {
            SamplerConfig config;
            Options options;  // which know what is allowed
            config.declare(options, "sampler");
            options.load_json({{"sampler",
                                {{"method", method},
                                 {"evaluations", evaluations},
                                 {"eta", eta},
                                 {"stop_at", stop_at}}}});
            return config;
          }));
  py::class_<UpdateOptions>(module, "UpdateOptions")
      .def(py::init([](const SamplerConfig& sampler, int64_t samples, int64_t repeat,
                       bool keep_better, bool measure, int64_t seed) {
        return UpdateOptions{.sampler = sampler,
                             .samples = samples,
                             .repeat = repeat,
                             .keep_better = keep_better,
                             .measure = measure,
                             .seed = seed};
      }));
  py::class_<Updated>(module, "Updated")
      .def_readonly("networks", &Updated::networks)
      .def_readonly("start_metric", &Updated::start_metric)
      .def_readonly("metric", &Updated::metric);
  py::class_<Generator, SharedGenerator>(module, "Generator")
      .def(py::init([](const fs::path& model) {
             return std::make_shared<Generator>(Generator::load(model_file(model)));
           }),
           py::call_guard<py::gil_scoped_release>())
      .def_property_readonly("description", &generator_text)
      .def_property_readonly("weights", &Generator::weights)
      .def_property_readonly("hash", [](const Generator& g) { return hash_text(g.hash()); })
      .def("save", &Generator::save)
      .def("move_to",
           [](Generator& g, const std::string& device) { g.move_to(device_named(device)); })
      .def("prompt_values",
           [](const Generator& g, const std::string& argument,
              const std::vector<std::string>& texts, bool all) {
             return parse_metric_values(argument, texts, g.description().metrics,
                                        all ? Wanted::all : Wanted::some);
           })
      .def("range_warnings",
           [](const Generator& g, const std::vector<double>& prompt) {
             return range_warnings(prompt, g.description());
           })
      .def("sample", &sample_rows, py::call_guard<py::gil_scoped_release>())
      .def("update", &update_dicts);
}

}  // namespace saltus
