#include "python_task.h"

#include <torch/torch.h>

#include <algorithm>
#include <limits>

#include "saltus/base/error.h"
#include "saltus/network/initialiser.h"

namespace saltus {
namespace {

constexpr const char* kFresh = "fresh";

// Seeds as Python and torch.manual_seed take them.
int64_t python_seed(RandomStream& random) { return static_cast<int64_t>(random.bits64() >> 1); }

// What a function returned, which must be a tensor of this shape. Under the interpreter's lock.
at::Tensor returned(py::object value, const char* function, at::IntArrayRef shape) {
  if (!THPVariable_Check(value.ptr())) {
    fail("{}: expected it to return a torch.Tensor, found {}", function,
         py::str(py::type::of(value)).cast<std::string>());
  }
  const at::Tensor tensor = THPVariable_Unpack(value.ptr());
  if (tensor.sizes() != shape) {
    fail("{}: expected it to return [{}], found [{}]", function, fmt::join(shape, ", "),
         fmt::join(tensor.sizes(), ", "));
  }
  return tensor;
}

}  // namespace

class PythonTask::Turn {
 public:
  explicit Turn(const PythonTask& task) : turn_(task.turns_) {}

 private:
  std::scoped_lock<std::mutex> turn_;  // first: who waits for it must not hold the other
  py::gil_scoped_acquire interpreter_;
};

PythonTask::PythonTask(std::string name, std::shared_ptr<const Architecture> architecture,
                       std::vector<Metric> metrics, Functions functions, at::Tensor inputs)
    : name_(std::move(name)),
      architecture_(std::move(architecture)),
      metrics_(std::move(metrics)),
      measured_(static_cast<int64_t>(metrics_.size())),
      functions_(std::move(functions)),
      inputs_(inputs.defined() ? inputs.to(at::kCPU, at::kFloat).flatten(1).contiguous() : inputs) {
  if (functions_.score.is_none()) return;
  for (int64_t m = 0; m < measured_; ++m) {
    metrics_[static_cast<size_t>(m)].measured_on = "validation";  // as opposed to the scores
    Metric score = metrics_[static_cast<size_t>(m)];
    score.name = "test_" + score.name;
    score.measured_on = "test";
    metrics_.push_back(std::move(score));
  }
}

size_t PythonTask::score_of(size_t metric) const {
  const auto count = static_cast<size_t>(measured_);
  return functions_.score.is_none() || metric >= count ? metric : metric + count;
}

void PythonTask::evaluate(std::span<const float> thetas, const EvaluateOptions& options,
                          const Job& job, std::span<float> out) const {
  std::ranges::fill(out, std::numeric_limits<float>::quiet_NaN());
  if (job.stopped()) return;
  const c10::InferenceMode ordinary(false);  // an evaluation's tensors would not do for a user's
  const torch::NoGradGuard no_grad;
  const int64_t parameters = architecture_->layout().parameters();
  const int64_t rows = static_cast<int64_t>(thetas.size()) / parameters;
  const at::Tensor theta =
      at::from_blob(const_cast<float*>(thetas.data()), {rows, parameters}, at::kFloat);
  at::Tensor all =
      at::from_blob(out.data(), {rows, static_cast<int64_t>(metrics_.size())}, at::kFloat);
  const bool scores = !functions_.score.is_none();
  const auto measure = [&](const py::object& function, const char* what, int64_t first) {
    const at::Tensor own = theta.clone();
    const Turn turn(*this);
    all.narrow(1, first, measured_).copy_(returned(function(own), what, {rows, measured_}));
  };
  if (options.validation || !scores) measure(functions_.measure, "evaluator", 0);
  if (options.test && scores) measure(functions_.score, "scorer", measured_);
}

std::vector<float> PythonTask::fresh_network(const std::string& scheme, uint64_t seed,
                                             uint64_t index) const {
  const int64_t parameters = architecture_->layout().parameters();
  std::vector<float> theta(static_cast<size_t>(parameters));
  RandomStream random(seed, "network.initialise", index);
  if (scheme != kFresh) {
    initialise(architecture_->layout(), scheme, random, theta, 0);
    return theta;
  }
  if (functions_.fresh.is_none()) {
    fail("start networks: expected a function 'fresh' for scheme fresh, found none; pass one");
  }
  const Turn turn(*this);
  const at::Tensor drawn = returned(functions_.fresh(python_seed(random)), kFresh, {parameters})
                               .to(at::kCPU, at::kFloat)
                               .contiguous();
  std::copy_n(drawn.const_data_ptr<float>(), parameters, theta.begin());
  return theta;
}

Probes PythonTask::probes() const {
  Probes probes;
  if (!inputs_.defined()) return probes;
  probes.draw = [inputs = inputs_](int64_t n, RandomStream& random) {
    std::vector<int64_t> rows;
    const auto count = static_cast<uint64_t>(inputs.size(0));
    for (int64_t i = 0; i < n; ++i) rows.push_back(static_cast<int64_t>(random.below(count)));
    return inputs.index_select(0, at::tensor(rows, at::kLong));
  };
  return probes;
}

MetricReader PythonTask::metric_reader(const std::string& metric, int64_t /*inputs*/,
                                       at::ScalarType /*convolutions*/) const {
  const py::gil_scoped_acquire lock;
  const py::str key(metric);
  if (!functions_.read.contains(key)) return {};
  // Borrowed: the task outlives what reads by it, which may end without the interpreter's lock.
  const py::handle function = functions_.read[key].ptr();
  return [this, function, metric](const at::Tensor& theta, RandomStream& random) {
    const int64_t seed = python_seed(random);
    const Turn turn(*this);
    const at::Tensor read = returned(function(theta, seed), "reader", {theta.size(0)});
    if (theta.requires_grad() && at::GradMode::is_enabled() && !read.requires_grad()) {
      fail(
          "reader: expected {} with a gradient with respect to the networks, found none; use "
          "differentiable operations on them without detach() or no_grad(), or set "
          "training.metric_loss=0",
          metric);
    }
    return read.to(at::kFloat);
  };
}

void bind_task(py::module_& module) {
  py::class_<PythonTask, std::shared_ptr<PythonTask>>(module, "PythonTask")
      .def(py::init([](std::string name, const std::string& architecture,
                       const std::string& metrics, py::object measure, py::object score,
                       py::dict read, py::object fresh, const std::optional<at::Tensor>& inputs) {
             std::vector<Metric> list;
             for (const Json& metric : json_argument(metrics)) {
               list.push_back(Metric::from_json(metric));
             }
             return std::make_shared<PythonTask>(
                 std::move(name), make_architecture(json_argument(architecture)), std::move(list),
                 PythonTask::Functions{std::move(measure), std::move(score), std::move(read),
                                       std::move(fresh)},
                 inputs.value_or(at::Tensor()));
           }),
           py::kw_only(), py::arg("name"), py::arg("architecture"), py::arg("metrics"),
           py::arg("measure"), py::arg("score"), py::arg("read"), py::arg("fresh"),
           py::arg("inputs"));
}

}  // namespace saltus
