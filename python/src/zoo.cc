// Zoos: mapped tensors for reading, a writer, pairs for training by one's own means.
#include "saltus/zoo/zoo.h"

#include <torch/torch.h>

#include "bindings.h"
#include "networks.h"
#include "saltus/base/error.h"
#include "saltus/exchange/inferred_symmetry.h"
#include "saltus/network/state_dict_network.h"
#include "saltus/zoo/pairs.h"
#include "saltus/zoo/verify.h"

namespace saltus {
namespace {

using SharedZoo = std::shared_ptr<const Zoo>;

void check_run(const Zoo& zoo, int64_t r) {
  if (r >= 0 && r < zoo.runs()) return;
  throw py::index_error(fmt::format("zoo: expected a run below {}, found {}", zoo.runs(), r));
}

// A tensor over memory that belongs to the zoo, which lives as long as it.
at::Tensor view_of(const SharedZoo& zoo, const void* data, at::IntArrayRef shape,
                   at::ScalarType type) {
  return at::from_blob(
      const_cast<void*>(data), shape, [zoo](void*) {}, type);
}

at::Tensor stored_parameters(const SharedZoo& zoo, int64_t r) {
  check_run(*zoo, r);
  const Dtype dtype = zoo->description().dtype;
  const auto type = dtype == Dtype::F32   ? at::kFloat
                    : dtype == Dtype::F16 ? at::kHalf
                                          : at::kBFloat16;
  return view_of(zoo, zoo->stored(r).data(), {zoo->checkpoints(), zoo->parameters()}, type);
}

at::Tensor run_metrics(const SharedZoo& zoo, int64_t r) {
  check_run(*zoo, r);
  const auto columns = static_cast<int64_t>(zoo->description().metrics.size());
  return view_of(zoo, zoo->metrics(r).data(), {zoo->checkpoints(), columns}, at::kFloat);
}

at::Tensor run_iterations(const SharedZoo& zoo, int64_t r) {
  check_run(*zoo, r);
  return view_of(zoo, zoo->iterations(r).data(), {zoo->checkpoints()}, at::kLong);
}

std::string zoo_text(const Zoo& zoo) {
  const ZooDescription& d = zoo.description();
  Json metrics = Json::array();
  for (const Metric& metric : d.metrics) metrics.push_back(metric.to_json());
  return Json{{"task", d.task},
              {"architecture", d.architecture},
              {"layout", d.layout.to_json()},
              {"symmetry", d.symmetry.to_json(d.layout)},
              {"metrics", metrics},
              {"dtype", dtype_name(d.dtype)},
              {"made_by", d.made_by}}
      .dump();
}

std::vector<int64_t> runs_of_split(const Zoo& zoo, const std::string& name) {
  for (const Split split : {Split::train, Split::validation, Split::test}) {
    if (split_name(split) == name) return zoo.runs_of(split);
  }
  fail("zoo: expected split train, validation or test, found '{}'", name);
}

template <typename T>
std::vector<T> values_of(const at::Tensor& tensor, at::ScalarType type) {
  const at::Tensor flat = tensor.detach().to(at::kCPU, type).contiguous();
  return {flat.const_data_ptr<T>(), flat.const_data_ptr<T>() + flat.numel()};
}

// A ZooWriter whose caller's mistakes are Errors.
class RunWriter {
 public:
  RunWriter(const fs::path& folder, const ZooDescription& description, int64_t runs,
            int64_t runs_per_shard)
      : checkpoints_(description.checkpoints),
        parameters_(description.layout.parameters()),
        metrics_(static_cast<int64_t>(description.metrics.size())),
        end_(runs),
        writer_(folder, description, runs, runs_per_shard),
        next_(writer_.next_run()) {}

  int64_t next_run() const { return next_; }
  int64_t dropped() const { return writer_.dropped(); }

  void append(const at::Tensor& parameters, const at::Tensor& metrics,
              const at::Tensor& iterations) {
    if (next_ == end_) fail("zoo: expected no more than {} runs; create it with more", end_);
    check_shape("parameters", parameters, {checkpoints_, parameters_});
    check_shape("metrics", metrics, {checkpoints_, metrics_});
    check_shape("iterations", iterations, {checkpoints_});
    const auto steps = values_of<int64_t>(iterations, at::kLong);
    if (std::ranges::adjacent_find(steps, std::greater_equal()) != steps.end()) {
      fail("zoo: run {}: expected rising iterations, found {}", next_, fmt::join(steps, ", "));
    }
    writer_.append({.id = next_,
                    .parameters = values_of<float>(parameters, at::kFloat),
                    .metrics = values_of<float>(metrics, at::kFloat),
                    .iteration = steps});
    ++next_;
  }

  void finish() {
    if (next_ < end_) fail("zoo: expected {} runs before it is finished, found {}", end_, next_);
    writer_.finish();
  }

 private:
  void check_shape(const char* what, const at::Tensor& tensor, at::IntArrayRef shape) const {
    if (tensor.sizes() == shape) return;
    fail("zoo: run {}: expected {} [{}], found [{}]", next_, what, fmt::join(shape, ", "),
         fmt::join(tensor.sizes(), ", "));
  }

  int64_t checkpoints_, parameters_, metrics_, end_;
  ZooWriter writer_;
  int64_t next_;
};

// The description has zoo.json's keys, less what follows from the others: offsets, architecture.
std::unique_ptr<RunWriter> make_writer(const fs::path& folder, const std::string& description,
                                       int64_t runs, int64_t runs_per_shard) {
  Json json = json_argument(description);
  std::vector<TensorSpec> tensors;
  for (const Json& tensor : json.at("layout")) {
    tensors.push_back({.name = json_get<std::string>(tensor, "name", "layout"),
                       .shape = json_get<std::vector<int64_t>>(tensor, "shape", "layout")});
  }
  const Layout layout(std::move(tensors));
  const Symmetry symmetry = Symmetry::from_json(layout, json.at("symmetry"));
  json["layout"] = layout.to_json();
  json["architecture"] = make_state_dict_network(layout, symmetry)->to_json();
  return std::make_unique<RunWriter>(folder, ZooDescription::from_json(json, "zoo"), runs,
                                     runs_per_shard);
}

// Pair number `index`: run, start and target checkpoint.
std::tuple<int64_t, int64_t, int64_t> draw_pair(const PairSampler& sampler, uint64_t seed,
                                                uint64_t index) {
  RandomStream random(seed, "python.pairs", index);
  const Pair pair = sampler.draw(random);
  return {pair.run, pair.start, pair.target};
}

std::unique_ptr<PairSampler> make_sampler(const SharedZoo& zoo, const std::vector<int64_t>& runs,
                                          const std::string& metric, const std::string& options) {
  PairConfig config;
  Options declared;
  config.declare(declared);
  declared.load_json({{"pairs", json_argument(options)}});
  return std::make_unique<PairSampler>(*zoo, runs, zoo->metric_index(metric), config);
}

}  // namespace

void bind_zoo(py::module_& module) {
  py::class_<Zoo, std::shared_ptr<Zoo>>(module, "Zoo")
      .def(py::init([](const fs::path& folder) { return std::make_shared<Zoo>(folder); }),
           py::arg("folder"), py::call_guard<py::gil_scoped_release>())
      .def_property_readonly("runs", &Zoo::runs)
      .def_property_readonly("checkpoints", &Zoo::checkpoints)
      .def_property_readonly("parameters", &Zoo::parameters)
      .def_property_readonly("dropped", &Zoo::dropped)
      .def_property_readonly("complete", &Zoo::complete)
      .def_property_readonly("hash", [](const Zoo& zoo) { return hash_text(zoo.hash()); })
      .def_property_readonly("description", &zoo_text)
      .def("run_id",
           [](const Zoo& zoo, int64_t r) {
             check_run(zoo, r);
             return zoo.run_id(r);
           })
      .def("runs_of", &runs_of_split)
      .def("stored",
           [](const std::shared_ptr<Zoo>& zoo, int64_t r) { return stored_parameters(zoo, r); })
      .def("metrics",
           [](const std::shared_ptr<Zoo>& zoo, int64_t r) { return run_metrics(zoo, r); })
      .def("iterations",
           [](const std::shared_ptr<Zoo>& zoo, int64_t r) { return run_iterations(zoo, r); })
      .def("describe", &describe_zoo, py::call_guard<py::gil_scoped_release>());
  py::class_<PairSampler>(module, "PairSampler")
      .def(py::init([](const std::shared_ptr<Zoo>& zoo, const std::vector<int64_t>& runs,
                       const std::string& metric, const std::string& options) {
        return make_sampler(zoo, runs, metric, options);
      }))
      .def("draw", &draw_pair);
  py::class_<RunWriter>(module, "ZooWriter")
      .def(py::init(&make_writer), py::arg("folder"), py::arg("description"), py::arg("runs"),
           py::arg("runs_per_shard"))
      .def_property_readonly("next_run", &RunWriter::next_run)
      .def_property_readonly("dropped", &RunWriter::dropped)
      .def("append", &RunWriter::append, py::call_guard<py::gil_scoped_release>())
      .def("finish", &RunWriter::finish, py::call_guard<py::gil_scoped_release>());
  module.def("infer_symmetry", [](const std::string& text) {
    const Layout layout = Layout::from_json(json_argument(text));
    const InferredSymmetry inferred = infer_symmetry(layout);
    return std::pair(inferred.symmetry.to_json(layout).dump(), inferred.reason);
  });
  module.def("pack", [](const std::string& layout, const std::vector<py::dict>& networks) {
    return pack_networks(Layout::from_json(json_argument(layout)), networks);
  });
}

}  // namespace saltus
