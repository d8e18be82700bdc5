#include "saltus/server/network_refs.h"

#include <algorithm>

#include "saltus/base/json.h"

namespace saltus {

NetworkRefs::Named NetworkRefs::read(const Json& ref, const std::string& where) const {
  ObjectReader reader(ref, where);
  Named named;
  if (ref.contains("scheme")) {
    named = read_drawn(reader);
  } else if (ref.contains("zoo")) {
    named = read_checkpoint(reader);
  } else if (ref.contains("network")) {
    named = read_kept(reader);
  } else {
    bad_request(
        "{}: expected a network as {{\"scheme\", \"seed\"}}, {{\"zoo\", \"run\", \"checkpoint\"}} "
        "or {{\"network\"}}, found {}",
        where, json_excerpt(ref));
  }
  reader.end();
  return named;
}

std::vector<NetworkRefs::Named> NetworkRefs::read_list(ObjectReader& reader, const std::string& key,
                                                       size_t most) const {
  const Json& list = reader.list(key, 1, most);
  std::vector<Named> networks;
  for (size_t i = 0; i < list.size(); ++i) {
    networks.push_back(read(list[i], fmt::format("{}[{}]", reader.place(key), i)));
  }
  return networks;
}

NetworkRefs::Named NetworkRefs::read_drawn(ObjectReader& reader) const {
  const std::string scheme = reader.text("scheme");
  const int64_t seed = reader.integer("seed", {0, 1e15});
  const int64_t index = reader.integer("index", {0, 1e12}, 0);
  if (model_.task == nullptr) {
    bad_request(
        "{}: it is not known how networks of {} are initialised; name one of a zoo, or "
        "upload one",
        reader.where(), model_.description().task);
  }
  return {
      model_.task->fresh_network(scheme, static_cast<uint64_t>(seed), static_cast<uint64_t>(index)),
      {},
      {}};
}

NetworkRefs::Named NetworkRefs::read_checkpoint(ObjectReader& reader) const {
  const ServedZoo& served = catalogue_.zoo(reader.text("zoo"));
  const Zoo& zoo = served.zoo;
  const int64_t run = served.place_of(reader.integer("run", {0, 1e12}));
  const int64_t checkpoint = reader.integer("checkpoint", {0, 1e6});
  if (!served.fits(model_)) {
    bad_request("{}: zoo {} has other networks than the model's", reader.where(), served.id);
  }
  if (checkpoint >= zoo.checkpoints()) {
    http_fail(404, "not_found", "{}: expected a checkpoint below {}, found {}", reader.where(),
              zoo.checkpoints(), checkpoint);
  }
  Named named;
  named.theta.resize(static_cast<size_t>(zoo.parameters()));
  zoo.read(run, checkpoint, named.theta);
  named.metrics = zoo.description().metrics;
  for (size_t m = 0; m < named.metrics.size(); ++m) {
    named.recorded.push_back(zoo.metric(run, checkpoint, static_cast<int64_t>(m)));
  }
  return named;
}

NetworkRefs::Named NetworkRefs::read_kept(ObjectReader& reader) const {
  const std::string handle = reader.text("network");
  const std::shared_ptr<const KeptNetwork> kept = store_.find(handle);
  if (kept == nullptr) {
    http_fail(404, "gone", "{}: network '{}' is not here, or no longer: make it again",
              reader.where(), handle);
  }
  if (kept->kind->hash != model_.kind->hash) {
    bad_request("{}: network {} has {} parameters in other tensors than the model's networks, {}",
                reader.where(), handle, kept->kind->layout.parameters(),
                model_.layout().parameters());
  }
  return {kept->theta, {}, {}};
}

at::Tensor stack(const std::vector<NetworkRefs::Named>& networks) {
  const auto parameters = static_cast<int64_t>(networks.front().theta.size());
  at::Tensor theta = at::empty({static_cast<int64_t>(networks.size()), parameters});
  float* to = theta.mutable_data_ptr<float>();
  for (const NetworkRefs::Named& network : networks) {
    to = std::ranges::copy(network.theta, to).out;
  }
  return theta;
}

}  // namespace saltus
