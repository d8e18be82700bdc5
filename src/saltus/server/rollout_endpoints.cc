// POST /v1/rollouts: cart-pole, step by step.
#include "saltus/server/json_values.h"
#include "saltus/server/service.h"
#include "saltus/task/cartpole_rollout.h"

namespace saltus {
namespace {

RolloutOptions read_options(ObjectReader& reader) {
  RolloutOptions options;
  options.seed = static_cast<uint64_t>(reader.integer("seed", {0, 1e15}, 0));
  options.episodes = reader.integer("episodes", {1, 16}, 1);
  options.steps = reader.integer("steps", {1, 2000}, kCartpoleSteps);
  options.deterministic = reader.choice("act", {"sample", "mean"}, "sample") == "mean";
  if (reader.find("initial") != nullptr) {
    for (const Json& entry : reader.list("initial", 1, 16)) {
      CartpoleState state;
      if (!entry.is_array() || entry.size() != state.size()) {
        bad_request("{}: expected states of {} numbers", reader.place("initial"), state.size());
      }
      for (size_t k = 0; k < state.size(); ++k) {
        state[k] = static_cast<float>(checked_number(entry[k], {-10, 10}, reader.place("initial")));
      }
      options.initial.push_back(state);
    }
  }
  if (reader.find("nudges") != nullptr) {
    for (const Json& entry : reader.list("nudges", 0, 64)) {
      ObjectReader nudge(entry, reader.place("nudges"));
      const int64_t step = nudge.integer("step", {0, 2000});
      options.nudges.push_back({step, static_cast<float>(nudge.number("force", {-400, 400}))});
      nudge.end();
    }
  }
  return options;
}

Json describe_episode(const CartpoleEpisode& episode) {
  Json states = Json::array();
  for (const CartpoleState& state : episode.states) states.push_back(json_numbers(state));
  return {{"states", std::move(states)},
          {"actions", json_numbers(episode.actions)},
          {"failed", episode.failed},
          {"return", json_number(episode.episode_return)}};
}

HttpAnswer roll_out(Service& service, const HttpRequest& request) {
  const Slots::Place place(service.answers, request.client_gone);
  const Json body = parse_request(request);
  ObjectReader reader(body, "rollouts");
  const ServedModel& model = service.catalogue.model(reader.text("model"));
  if (model.description().task != "cartpole") {
    bad_request("rollouts: expected a model of cartpole, found one of {}",
                model.description().task);
  }
  const RolloutOptions options = read_options(reader);
  const auto networks = service.refs(model).read_list(reader, "networks", 16);
  reader.end();
  Json rollouts = Json::array();
  for (size_t k = 0; k < networks.size(); ++k) {
    Json episodes = Json::array();
    for (const CartpoleEpisode& episode :
         roll_out_cartpole(networks[k].theta, options, selected_isa())) {
      episodes.push_back(describe_episode(episode));
    }
    rollouts.push_back({{"network", k}, {"episodes", std::move(episodes)}});
  }
  const CartpolePhysics physics;
  return json_answer(
      {{"rollouts", std::move(rollouts)},
       {"limits",
        {{"x", kCartpoleTrack}, {"angle", json_number(kCartpoleTilt)}, {"force", physics.force}}},
       {"step_seconds", json_number(physics.step)}});
}

}  // namespace

void add_rollout_routes(Router& router, Service& service) {
  router.add(post_route("/v1/rollouts", [&service](const HttpRequest& request) {
    return roll_out(service, request);
  }));
}

}  // namespace saltus
