#include "saltus/zoo/subset.h"

#include <limits>

#include "saltus/base/error.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

constexpr int64_t kRunsPerShard = 64;

// One that the writer drops, as the zoo's builder did.
Run dropped_run(const Zoo& zoo, int64_t id) {
  const auto checkpoints = static_cast<size_t>(zoo.checkpoints());
  Run run{.id = id};
  run.parameters.resize(checkpoints * static_cast<size_t>(zoo.parameters()));
  run.metrics.assign(checkpoints * zoo.description().metrics.size(),
                     std::numeric_limits<float>::quiet_NaN());
  run.iteration.resize(checkpoints);
  return run;
}

}  // namespace

void subset_zoo(const Zoo& zoo, int64_t runs, const std::filesystem::path& folder, const Job& job) {
  if (!zoo.complete()) {
    fail("{}: expected a complete zoo to take runs from, found {} runs so far; go on building it",
         zoo.folder().string(), zoo.runs());
  }
  if (runs < 1 || runs > zoo.runs() + zoo.dropped()) {
    fail("{}: expected 1 to {} runs to take, found {}", zoo.folder().string(),
         zoo.runs() + zoo.dropped(), runs);
  }
  ZooDescription description = zoo.description();
  description.made_by["subset"] = {{"of", hash_text(zoo.hash())}, {"runs", runs}};
  const int64_t first = zoo.first_run();
  ZooWriter writer(folder, description, runs, kRunsPerShard, first);
  int64_t r = 0;
  for (int64_t id = writer.next_run(); id < first + runs; ++id) {
    if (job.stopped()) return;
    while (r < zoo.runs() && zoo.run_id(r) < id) ++r;
    const bool there = r < zoo.runs() && zoo.run_id(r) == id;
    writer.append(there ? zoo.read_run(r) : dropped_run(zoo, id));
    job.report(
        {.stage = "subset", .done = id + 1 - first, .total = runs, .unit = "runs", .figures = {}});
  }
  writer.finish();
}

}  // namespace saltus
