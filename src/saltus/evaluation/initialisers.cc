#include <torch/torch.h>

#include <algorithm>

#include "saltus/evaluation/sections.h"
#include "saltus/network/initialiser.h"

namespace saltus {

Json initialisers_section(const Bench& bench, const KeepIfBetter& own) {
  std::vector<std::string> schemes = bench.config.schemes;
  if (schemes.empty()) {
    for (const InitialiserInfo& info : initialisers()) schemes.push_back(info.name);
  }
  const auto others = static_cast<int64_t>(
      schemes.size() -
      static_cast<size_t>(std::count(schemes.begin(), schemes.end(), bench.config.scheme)));
  Meter meter(bench.job, "initialisers", others * bench.config.updates * bench.config.starts);
  Json json = Json::object();
  for (const std::string& scheme : schemes) {
    if (bench.job.stopped()) break;
    const KeepIfBetter chain =
        scheme == bench.config.scheme ? own : keep_if_better(bench, scheme, meter);
    Json updates = Json::array();
    for (size_t u = 0; u < chain.scores.size(); ++u) {
      Json entry = {{"update", u + 1}, {"kept", chain.kept[u]}, {"others", chain.others[u]}};
      entry.update(distribution(bench, chain.scores[u]));
      updates.push_back(entry);
    }
    json[scheme] = {{"prompt", bench.zoo_best()},
                    {"start", distribution(bench, chain.start)},
                    {"plain_first", distribution(bench, chain.plain_first)},
                    {"updates", updates}};
  }
  return json;
}

}  // namespace saltus
