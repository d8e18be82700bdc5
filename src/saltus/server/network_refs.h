// The networks that requests name: {"scheme", "seed"}, {"zoo", "run", "checkpoint"} or {"network"}.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "saltus/server/catalogue.h"
#include "saltus/server/network_store.h"
#include "saltus/server/request_reader.h"

namespace saltus {

// Where the networks of requests for one model come from.
class NetworkRefs {
 public:
  NetworkRefs(const Catalogue& catalogue, NetworkStore& store, const ServedModel& model)
      : catalogue_(catalogue), store_(store), model_(model) {}

  struct Named {
    std::vector<float> theta;
    // What a zoo records of it, of the zoo's metrics; empty for others.
    std::vector<Metric> metrics;
    std::vector<float> recorded;
  };
  // `where` names the reference in messages. HttpFault 404 for a zoo, run, checkpoint or handle
  // that is not there, 400 for what cannot be.
  Named read(const Json& ref, const std::string& where) const;
  std::vector<Named> read_list(ObjectReader& reader, const std::string& key, size_t most) const;

 private:
  Named read_drawn(ObjectReader& reader) const;
  Named read_checkpoint(ObjectReader& reader) const;
  Named read_kept(ObjectReader& reader) const;

  const Catalogue& catalogue_;
  NetworkStore& store_;
  const ServedModel& model_;
};

at::Tensor stack(const std::vector<NetworkRefs::Named>& networks);  // [K, P]

}  // namespace saltus
