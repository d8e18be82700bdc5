// Zoos: runs, their courses, and the nearest checkpoint to a prompt.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "saltus/server/json_values.h"
#include "saltus/server/prompts.h"
#include "saltus/server/service.h"

namespace saltus {
namespace {

HttpAnswer list_runs(const Service& service, const HttpRequest& request) {
  const Zoo& zoo = service.catalogue.zoo(request.route.at("zoo")).zoo;
  const int64_t first = query_integer(request, "first", {0, 1e9}, 0);
  const int64_t count = query_integer(request, "count", {1, 1000}, 100);
  Json runs = Json::array();
  for (int64_t r = first; r < std::min(zoo.runs(), first + count); ++r) {
    const float* last =
        zoo.metrics(r).data() +
        (zoo.checkpoints() - 1) * static_cast<int64_t>(zoo.description().metrics.size());
    runs.push_back({{"run", zoo.run_id(r)},
                    {"split", split_name(split_of_run(zoo.run_id(r)))},
                    {"final", metric_values(zoo.description().metrics, last)}});
  }
  return json_answer({{"total", zoo.runs()}, {"runs", runs}});
}

HttpAnswer show_run(const Service& service, const HttpRequest& request) {
  const ServedZoo& served = service.catalogue.zoo(request.route.at("zoo"));
  const std::string& text = request.route.at("run");
  int64_t run = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, run);
  if (code != std::errc() || stop != end || run < 0) {
    bad_request("run: expected its id, a number, found '{}'", text);
  }
  const Zoo& zoo = served.zoo;
  const int64_t r = served.place_of(run);
  Json metrics = Json::object(), iteration = Json::array();
  for (const int64_t i : zoo.iterations(r)) iteration.push_back(i);
  const std::vector<Metric>& all = zoo.description().metrics;
  for (size_t m = 0; m < all.size(); ++m) {
    Json& values = metrics[all[m].name] = Json::array();
    for (int64_t c = 0; c < zoo.checkpoints(); ++c) {
      values.push_back(json_number(zoo.metric(r, c, static_cast<int64_t>(m))));
    }
  }
  return json_answer({{"run", run},
                      {"split", split_name(split_of_run(run))},
                      {"iteration", iteration},
                      {"metrics", metrics}});
}

// Where in the zoo's training runs the prompted metrics come nearest to the prompt, all measured by
// their ranges: G.pt's memory, so to speak.
HttpAnswer look_up(const Service& service, const HttpRequest& request) {
  const Json body = parse_request(request);
  ObjectReader reader(body, "lookups");
  const ServedModel& model = service.catalogue.model(reader.text("model"));
  const ServedZoo& served = service.catalogue.zoo(reader.text("zoo"));
  const std::vector<double> prompt = read_prompt(reader, "prompt", model);
  reader.end();
  if (!served.fits(model)) {
    bad_request("lookups: zoo {} has other networks than model {}", served.id, model.id);
  }
  const Zoo& zoo = served.zoo;
  const std::vector<Metric>& metrics = model.description().metrics;
  std::vector<int64_t> columns;
  for (const Metric& metric : metrics) {
    columns.push_back(static_cast<int64_t>(zoo.metric_index(metric.name)));
  }
  double least = std::numeric_limits<double>::infinity();
  int64_t best_r = -1, best_c = 0;
  for (const int64_t r : zoo.runs_of(Split::train)) {
    for (int64_t c = 0; c < zoo.checkpoints(); ++c) {
      double distance = 0;
      for (size_t m = 0; m < metrics.size(); ++m) {
        if (std::isnan(prompt[m])) continue;
        distance += std::abs(metrics[m].linear(zoo.metric(r, c, columns[m])) -
                             metrics[m].linear(prompt[m]));
      }
      if (distance < least) {
        least = distance;
        best_r = r;
        best_c = c;
      }
    }
  }
  if (best_r < 0) http_fail(404, "not_found", "lookups: zoo {} has no training runs", served.id);
  std::vector<float> values;
  for (int64_t m = 0; m < static_cast<int64_t>(zoo.description().metrics.size()); ++m) {
    values.push_back(zoo.metric(best_r, best_c, m));
  }
  return json_answer({{"zoo", served.id},
                      {"run", zoo.run_id(best_r)},
                      {"checkpoint", best_c},
                      {"iteration", zoo.iterations(best_r)[static_cast<size_t>(best_c)]},
                      {"metric", metric_values(zoo.description().metrics, values.data())}});
}

}  // namespace

void add_zoo_routes(Router& router, Service& service) {
  router.add(get_route("/v1/zoos", [&service](const HttpRequest&) {
    Json zoos = Json::array();
    for (const auto& zoo : service.catalogue.zoos()) {
      zoos.push_back(describe_zoo(*zoo, service.catalogue));
    }
    return json_answer({{"zoos", zoos}});
  }));
  const auto bound = [&service](auto answer) {
    return [&service, answer](const HttpRequest& request) { return answer(service, request); };
  };
  router.add(get_route("/v1/zoos/{zoo}/runs", bound(list_runs), {"first", "count"}));
  router.add(get_route("/v1/zoos/{zoo}/runs/{run}", bound(show_run)));
  router.add(get_route("/v1/zoos/{zoo}/quantiles", [&service](const HttpRequest& request) {
    return json_answer(service.catalogue.zoo(request.route.at("zoo")).quantiles());
  }));
  router.add(post_route("/v1/lookups", bound(look_up)));
}

}  // namespace saltus
