// What /v1/models and /v1/zoos say.
#include <algorithm>

#include "saltus/network/initialiser.h"
#include "saltus/server/catalogue.h"
#include "saltus/server/json_values.h"
#include "saltus/task/image_task.h"

namespace saltus {
namespace {

const char* direction(const Metric& metric) { return metric.maximise ? "up" : "down"; }

std::string unit_of(const Metric& metric, bool images) {
  if (!images) return "";
  return metric.name == "loss" ? "nats" : metric.name == "error" ? "%" : "";
}

std::vector<std::string> class_names(const std::string& task, int64_t classes) {
  // https://www.cs.toronto.edu/~kriz/cifar.html
  if (task == "cifar10" && classes == 10) {
    return {"airplane", "automobile", "bird",  "cat",  "deer",
            "dog",      "frog",       "horse", "ship", "truck"};
  }
  std::vector<std::string> names;
  for (int64_t c = 0; c < classes; ++c) names.push_back(fmt::format("{}", c));
  return names;
}

}  // namespace

Json describe_model(const ServedModel& model) {
  const GeneratorDescription& d = model.description();
  const auto* images = dynamic_cast<const ImageTask*>(model.task.get());
  Json metrics = Json::array();
  for (size_t m = 0; m < d.metrics.size(); ++m) {
    const Metric& metric = d.metrics[m];
    metrics.push_back({{"name", metric.name},
                       {"direction", direction(metric)},
                       {"measured_on", metric.measured_on},
                       {"low", d.metric_low[m]},
                       {"high", d.metric_high[m]},
                       {"best", metric.best},
                       {"worst", metric.worst},
                       {"unit", unit_of(metric, images != nullptr)}});
  }
  Json schemes = Json::array();
  if (model.task != nullptr) {
    for (const InitialiserInfo& scheme : initialisers()) schemes.push_back(scheme.name);
  }
  const SamplerConfig sampler;
  Json json = {{"id", model.id},
               {"task", d.task},
               {"kind", images != nullptr ? "images"
                        : model.task      ? "cartpole"
                                          : "tensors"},
               {"parameters", model.layout().parameters()},
               {"weights", model.generator.weights()},
               {"hash", hash_text(model.generator.hash())},
               {"metrics", metrics},
               {"tensors", tensor_shapes(model.layout())},
               {"schemes", schemes},
               {"sampler",
                {{"method", sampler.method},
                 {"evaluations", sampler.evaluations},
                 {"eta", sampler.eta},
                 {"stop_at", sampler.stop_at}}},
               {"measurable", model.task != nullptr},
               {"stochastic", model.task != nullptr && model.task->stochastic()},
               {"critic", model.critic != nullptr}};
  if (images != nullptr) {
    const LabelledImages& test = images->test();
    json["image"] = {{"channels", test.pixels.size(1)},
                     {"height", test.pixels.size(2)},
                     {"width", test.pixels.size(3)},
                     {"classes", class_names(d.task, images->classes())},
                     {"test", test.size()}};
  }
  return json;
}

Json describe_zoo(const ServedZoo& served, const Catalogue& catalogue) {
  const ZooDescription& d = served.zoo.description();
  Json metrics = Json::array(), models = Json::array();
  for (const Metric& metric : d.metrics) {
    metrics.push_back(
        {{"name", metric.name}, {"split", metric.measured_on}, {"direction", direction(metric)}});
  }
  for (const auto& model : catalogue.models()) {
    if (served.fits(*model)) models.push_back(model->id);
  }
  return {{"id", served.id},
          {"task", d.task},
          {"runs", served.zoo.runs()},
          {"checkpoints", served.zoo.checkpoints()},
          {"parameters", served.zoo.parameters()},
          {"metrics", metrics},
          {"hash", hash_text(served.zoo.hash())},
          {"complete", served.zoo.complete()},
          {"models", models}};
}

}  // namespace saltus
