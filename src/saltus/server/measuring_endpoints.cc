// POST /v1/evaluations and /v1/optimisations: what takes long, with progress as events for those
// who accept them.
#include <cmath>
#include <mutex>

#include "saltus/http/event_stream.h"
#include "saltus/server/json_values.h"
#include "saltus/server/service.h"
#include "saltus/task/image_task.h"
#include "saltus/workflow/single_training.h"

namespace saltus {
namespace {

// Work that yields an answer and reports done of total on the way.
using Report = std::function<void(int64_t done, int64_t total)>;
using LongWork = std::function<Json(const Job& job, const Report& report)>;

HttpAnswer answer_long(Service& service, const HttpRequest& request, LongWork work) {
  const auto run = [&service, work = std::move(work)](const std::function<bool()>& gone,
                                                      const Report& report) {
    const ClientWatch::Guard guard(service.clients, gone);
    const Slots::Place place(service.long_work, gone);
    Json result = work(service.job(guard), report);
    if (guard.stop()) fail_gone();
    return result;
  };
  if (!request.wants_events()) {
    return json_answer(run(request.client_gone, [](int64_t, int64_t) {}));
  }
  return {.events = [run, gone = request.client_gone](EventStream& stream) {
    try {
      auto last = std::chrono::steady_clock::time_point();
      stream.send("result", run(gone, [&](int64_t done, int64_t total) {
                    const auto now = std::chrono::steady_clock::now();
                    if (done < total && now - last < std::chrono::milliseconds(100)) return;
                    last = now;
                    stream.send("progress", {{"done", done}, {"total", total}});
                  }));
    } catch (const HttpFault& fault) {
      stream.send("error", fault_json(fault.code(), fault.what()));
    } catch (const Error& error) {
      stream.send("error", fault_json("bad_request", error.what()));
    }
  }};
}

// The metrics of `task` that a measurement with these options yields.
std::vector<size_t> measured_columns(const Task& task, const EvaluateOptions& options) {
  std::vector<size_t> columns;
  for (size_t m = 0; m < task.metrics().size(); ++m) {
    const bool test = task.metrics()[m].measured_on == "test";
    if (test ? options.test : options.validation) columns.push_back(m);
  }
  return columns;
}

// Networks one after the other, so that what a network gets depends on it, seed and effort alone.
std::vector<std::vector<float>> measure_each(const Task& task, const at::Tensor& theta,
                                             const EvaluateOptions& options, const Job& job,
                                             const Report& report) {
  const int64_t networks = theta.size(0);
  const auto parameters = static_cast<size_t>(theta.size(1));
  std::vector<std::vector<float>> values(static_cast<size_t>(networks));
  for (int64_t k = 0; k < networks && !job.stopped(); ++k) {
    std::vector<float>& row = values[static_cast<size_t>(k)];
    row.resize(task.metrics().size());
    task.evaluate({theta.const_data_ptr<float>() + k * theta.size(1), parameters}, options, job,
                  row);
    report(k + 1, networks);
  }
  return values;
}

const Task& task_of(const ServedModel& model, const ObjectReader& reader) {
  if (model.task == nullptr) {
    bad_request("{}: networks of {} cannot be measured here", reader.where(),
                model.description().task);
  }
  return *model.task;
}

HttpAnswer evaluate(Service& service, const HttpRequest& request) {
  const Json body = parse_request(request);
  ObjectReader reader(body, "evaluations");
  const ServedModel& model = service.catalogue.model(reader.text("model"));
  const Task& task = task_of(model, reader);
  EvaluateOptions options;
  const std::string split = reader.choice("split", {"validation", "test"}, "validation");
  const bool images = dynamic_cast<const ImageTask*>(&task) != nullptr;
  options.test = images && split == "test";
  options.validation = !options.test;
  options.effort = read_effort(reader);
  options.seed = static_cast<uint64_t>(reader.integer("seed", {0, 1e15}, 0));
  const at::Tensor theta = stack(service.refs(model).read_list(reader, "networks", 64));
  reader.end();
  return answer_long(service, request, [=, &task](const Job& job, const Report& report) {
    Json evaluations = Json::array();
    for (const std::vector<float>& row : measure_each(task, theta, options, job, report)) {
      Json metrics = Json::object();
      if (!row.empty()) {
        for (const size_t m : measured_columns(task, options)) {
          metrics[task.metrics()[m].name] = json_number(row[m]);
        }
      }
      evaluations.push_back(std::move(metrics));
    }
    return Json{{"evaluations", evaluations}};
  });
}

Json training_answer(Service& service, const ServedModel& model, const SingleTraining& training,
                     const Job& job) {
  const Task& task = *model.task;
  const EvaluateOptions options{.test = false};
  std::vector<float> thetas;
  Json steps = Json::array(), metrics = Json::object();
  for (const TrainingPoint& point : training.points) {
    steps.push_back(point.step);
    thetas.insert(thetas.end(), point.theta.begin(), point.theta.end());
  }
  const size_t width = task.metrics().size();
  std::vector<float> values(training.points.size() * width);
  task.evaluate(thetas, options, job, values);
  for (const size_t m : measured_columns(task, options)) {
    Json& course = metrics[task.metrics()[m].name] = Json::array();
    for (size_t i = 0; i < training.points.size(); ++i) {
      course.push_back(json_number(values[i * width + m]));
    }
  }
  const TrainingPoint& last = training.points.back();
  return {{"optimiser", training.optimiser},
          {"steps", steps},
          {"metrics", metrics},
          {"network", service.networks.put(model.kind, last.theta)},
          {"seconds", last.seconds}};
}

// The first zoo that fits says how its networks were trained.
const Zoo* recipe_of(const Service& service, const ServedModel& model) {
  for (const auto& zoo : service.catalogue.zoos()) {
    if (zoo->fits(model)) return &zoo->zoo;
  }
  return nullptr;
}

HttpAnswer optimise(Service& service, const HttpRequest& request) {
  const Json body = parse_request(request);
  ObjectReader reader(body, "optimisations");
  const ServedModel& model = service.catalogue.model(reader.text("model"));
  const Task& task = task_of(model, reader);
  const int64_t steps = reader.integer("steps", {1, 5000}, 200);
  const auto seed = static_cast<uint64_t>(reader.integer("seed", {0, 1e15}, 0));
  const std::vector<float> start =
      service.refs(model).read(reader.at("start"), reader.place("start")).theta;
  reader.end();
  return answer_long(service, request, [=, &service, &model, &task](Job job, const Report& report) {
    job.progress = [&](const Progress& p) { report(p.done, p.total); };
    const SingleTraining training =
        train_from(recipe_of(service, model), task, start, steps, seed, job);
    if (job.stopped()) fail_gone();
    return training_answer(service, model, training, job);
  });
}

}  // namespace

void add_measuring_routes(Router& router, Service& service) {
  router.add(post_route("/v1/evaluations", [&service](const HttpRequest& request) {
    return evaluate(service, request);
  }));
  router.add(post_route("/v1/optimisations", [&service](const HttpRequest& request) {
    return optimise(service, request);
  }));
}

}  // namespace saltus
