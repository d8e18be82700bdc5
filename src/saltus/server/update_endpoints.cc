// POST /v1/updates.
#include <algorithm>
#include <cmath>

#include "saltus/server/json_values.h"
#include "saltus/server/prompts.h"
#include "saltus/server/service.h"
#include "saltus/task/image_task.h"
#include "saltus/workflow/prompt.h"
#include "saltus/workflow/updating.h"

namespace saltus {
namespace {

constexpr int64_t kMostRows = 1024;  // starts x samples

struct UpdateQuery {
  const ServedModel* model = nullptr;
  std::vector<NetworkRefs::Named> starts;
  std::vector<double> prompt, start_metric;
  UpdateOptions options;
};

SamplerConfig read_sampler(ObjectReader& outer) {
  SamplerConfig config;
  const Json* given = outer.find("sampler");
  if (given == nullptr) return config;
  ObjectReader reader(*given, outer.place("sampler"));
  config.method = reader.choice("method", {"ddpm", "ddim", "dpm"}, config.method);
  config.evaluations = reader.integer("evaluations", {1, 200}, config.evaluations);
  config.eta = reader.number("eta", {0, 1}, config.eta);
  config.stop_at = reader.integer("stop_at", {0, 999}, config.stop_at);
  reader.end();
  sampling_steps(config);  // throws where there are too few steps
  return config;
}

void read_walk(ObjectReader& outer, UpdateOptions& options) {
  const Json* given = outer.find("walk");
  if (given == nullptr) return;
  ObjectReader reader(*given, outer.place("walk"));
  options.walk_to = reader.integer("to_seed", {0, 1e15});
  const int64_t steps = reader.integer("steps", {2, 256});
  reader.end();
  if (options.samples != 1) {
    bad_request("{}: a walk's steps are its samples; leave out samples", reader.where());
  }
  options.samples = steps;
}

// What cannot be had of networks that are not measured here.
void check_measurable(const ObjectReader& reader, const UpdateQuery& query) {
  const UpdateOptions& options = query.options;
  if (query.model->task != nullptr) {
    if (options.keep_better && !options.measure) {
      bad_request("{}: keep_better needs measurements; leave out measure", reader.where());
    }
    return;
  }
  if (options.measure || options.keep_better || options.repeat > 1) {
    bad_request(
        "{}: networks of {} cannot be measured here: leave out measure, keep_better and repeat",
        reader.where(), query.model->description().task);
  }
}

UpdateQuery read_query(Service& service, const Json& body) {
  ObjectReader reader(body, "updates");
  UpdateQuery query;
  query.model = &service.catalogue.model(reader.text("model"));
  const ServedModel& model = *query.model;
  UpdateOptions& options = query.options;
  query.prompt = read_prompt(reader, "prompt", model);
  query.start_metric = read_start_metric(reader, "start_metric", model);
  options.samples = reader.integer("samples", {1, 256}, 1);
  options.seed = reader.integer("seed", {0, 1e15}, 0);
  options.repeat = reader.integer("repeat", {1, 20}, 1);
  options.keep_better = reader.boolean("keep_better", false);
  options.measure = reader.boolean("measure", model.task != nullptr);
  options.effort = read_effort(reader);
  options.sampler = read_sampler(reader);
  read_walk(reader, options);
  options.candidates = reader.integer("candidates", {1, 32}, 1);
  if (options.candidates > 1 && model.critic == nullptr) {
    bad_request("{}: model {} has no critic to choose among candidates", reader.where(), model.id);
  }
  check_measurable(reader, query);
  query.starts = service.refs(model).read_list(reader, "starts", 64);
  reader.end();
  const auto rows = static_cast<int64_t>(query.starts.size()) * options.samples;
  if (rows > kMostRows) {
    bad_request("updates: expected starts x samples of at most {}, found {}", kMostRows, rows);
  }
  return query;
}

// [N, M] of the starts: as given, or as a zoo records it where nothing can be measured; undefined
// where they are to be measured.
at::Tensor known_metrics(const UpdateQuery& query) {
  const auto starts = static_cast<int64_t>(query.starts.size());
  if (!query.start_metric.empty()) {
    return at::tensor(query.start_metric, at::kFloat).expand({starts, -1});
  }
  if (query.model->task != nullptr) return {};
  const std::vector<Metric>& metrics = query.model->description().metrics;
  at::Tensor known = at::empty({starts, static_cast<int64_t>(metrics.size())});
  float* to = known.mutable_data_ptr<float>();
  for (const NetworkRefs::Named& start : query.starts) {
    for (const Metric& metric : metrics) {
      const auto found = std::ranges::find(start.metrics, metric.name, &Metric::name);
      if (found == start.metrics.end()) {
        bad_request("updates: these networks cannot be measured here: give start_metric");
      }
      *to++ = start.recorded[static_cast<size_t>(found - start.metrics.begin())];
    }
  }
  return known;
}

// A task's measurements on as many threads as do not get into each other's way.
class SharedTask : public Task {
 public:
  SharedTask(const Task& task, Slots& slots, std::function<bool()> gone)
      : task_(task), slots_(slots), gone_(std::move(gone)) {}

  std::string name() const override { return task_.name(); }
  const Architecture& architecture() const override { return task_.architecture(); }
  const std::vector<Metric>& metrics() const override { return task_.metrics(); }
  std::vector<float> fresh_network(const std::string& scheme, uint64_t seed,
                                   uint64_t index) const override {
    return task_.fresh_network(scheme, seed, index);
  }
  Probes probes() const override { return task_.probes(); }
  void evaluate(std::span<const float> thetas, const EvaluateOptions& options, const Job& job,
                std::span<float> out) const override {
    const Slots::Place place(slots_, gone_);
    task_.evaluate(thetas, options, job, out);
  }

 private:
  const Task& task_;
  Slots& slots_;
  std::function<bool()> gone_;
};

Json update_answer(Service& service, const UpdateQuery& query, const UpdateOutcome& outcome,
                   double seconds) {
  const std::vector<Metric>& metrics = query.model->description().metrics;
  const auto row_of = [](const at::Tensor& table, int64_t row) {
    return table.const_data_ptr<float>() + row * table.size(1);
  };
  const at::Tensor theta = outcome.theta.contiguous();
  const at::Tensor start_metric = outcome.start_metric.contiguous();
  std::vector<at::Tensor> rounds;
  for (const UpdateRound& round : outcome.rounds) {
    if (round.metric.defined()) rounds.push_back(round.metric.contiguous());
  }
  const bool measured = !rounds.empty() && rounds.size() == outcome.rounds.size();
  Json updates = Json::array();
  for (int64_t row = 0; row < theta.size(0); ++row) {
    const float* values = row_of(theta, row);
    Json courses = Json::array();
    for (const at::Tensor& round : rounds)
      courses.push_back(metric_values(metrics, row_of(round, row)));
    Json update = {
        {"start", row / query.options.samples},
        {"sample", row % query.options.samples},
        {"network", service.networks.put(query.model->kind, {values, values + theta.size(1)})},
        {"start_metric", metric_values(metrics, row_of(start_metric, row))}};
    if (measured) update["metric"] = courses.back();
    update["rounds"] = std::move(courses);
    updates.push_back(std::move(update));
  }
  return {{"updates", std::move(updates)},
          {"warnings", range_warnings(query.prompt, query.model->description())},
          {"seconds_per_update", seconds / static_cast<double>(theta.size(0))}};
}

HttpAnswer update(Service& service, const HttpRequest& request) {
  const Json body = parse_request(request);
  const UpdateQuery query = read_query(service, body);
  const ServedModel& model = *query.model;
  const ClientWatch::Guard guard(service.clients, request.client_gone);
  double seconds = 0;
  const SampleRows sample = [&](const UpdateRequest& rows) -> ChosenUpdate {
    if (query.options.candidates > 1) {
      ChosenUpdate chosen;
      service.updates.run(
          [&] {
            const auto began = std::chrono::steady_clock::now();
            chosen = update_with_critic(model.generator, *model.critic, rows, query.options.sampler,
                                        query.options.candidates, query.options.spread);
            seconds +=
                std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
          },
          guard.stop());
      return chosen;
    }
    const UpdateQueue::Sampled sampled =
        service.updates.sample(model.generator, query.options.sampler, rows, guard.stop());
    seconds += sampled.seconds;
    return {sampled.theta, {}};
  };
  Job job = service.job(guard);
  std::unique_ptr<SharedTask> shared;
  const Task* task = model.task.get();
  if (dynamic_cast<const ImageTask*>(task) != nullptr) {
    shared = std::make_unique<SharedTask>(*task, service.measuring, request.client_gone);
    task = shared.get();
  } else if (query.starts.size() * static_cast<size_t>(query.options.samples) < 8) {
    job.threads = 1;  // a few policies play faster than threads start
  }
  const UpdateOutcome outcome =
      update_networks(model.description(), task, sample, stack(query.starts), query.prompt,
                      known_metrics(query), query.options, job);
  if (guard.stop()) fail_gone();
  return json_answer(update_answer(service, query, outcome, seconds));
}

}  // namespace

void add_update_routes(Router& router, Service& service) {
  router.add(post_route(
      "/v1/updates", [&service](const HttpRequest& request) { return update(service, request); }));
}

}  // namespace saltus
