#include <torch/torch.h>

#include <algorithm>

#include "saltus/evaluation/sections.h"
#include "saltus/network/initialiser.h"

namespace saltus {

void initialisers_section(const Bench& bench, const std::function<const KeepIfBetter&()>& own,
                          Json& section, const Save& save) {
  std::vector<std::string> missing = bench.config.schemes;
  if (missing.empty()) {
    for (const InitialiserInfo& info : initialisers()) missing.push_back(info.name);
  }
  std::erase_if(missing, [&](const std::string& scheme) { return section.contains(scheme); });
  if (missing.empty()) return;
  const auto others = std::count_if(missing.begin(), missing.end(), [&](const std::string& scheme) {
    return scheme != bench.config.scheme;
  });
  Meter meter(bench.job, "initialisers", others * bench.config.updates * bench.config.starts);
  for (const std::string& scheme : missing) {
    if (bench.job.stopped()) return;
    const KeepIfBetter chain =
        scheme == bench.config.scheme ? own() : keep_if_better(bench, scheme, meter);
    Json updates = Json::array();
    for (size_t u = 0; u < chain.scores.size(); ++u) {
      Json entry = {{"update", u + 1}, {"kept", chain.kept[u]}, {"others", chain.others[u]}};
      entry.update(distribution(bench, chain.scores[u]));
      updates.push_back(entry);
    }
    section[scheme] = {{"prompt", bench.zoo_best()},
                       {"start", distribution(bench, chain.start)},
                       {"plain_first", distribution(bench, chain.plain_first)},
                       {"updates", updates}};
    save();
  }
}

}  // namespace saltus
