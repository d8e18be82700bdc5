// Paths of the bench that make, read and write zoos.
#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "bench/setting.h"
#include "saltus/base/file.h"
#include "saltus/base/memory.h"
#include "saltus/population/population.h"
#include "saltus/task/measure.h"

namespace saltus {
namespace {

// The mean of the zoo's first metric over its runs' last checkpoints.
double final_metric(const Zoo& zoo) {
  double sum = 0;
  for (int64_t r = 0; r < zoo.runs(); ++r) sum += zoo.metric(r, zoo.checkpoints() - 1);
  return sum / static_cast<double>(zoo.runs());
}

double bytes_a_checkpoint(const Zoo& zoo) {
  return static_cast<double>(static_cast<size_t>(zoo.parameters()) *
                             dtype_size(zoo.description().dtype));
}

// Reads pairs at random on all threads, `each` after every one.
Measured read_pairs(const Zoo& zoo, const Job& job, const std::function<void()>& each) {
  constexpr int64_t kPairs = 20000;  // a thread
  const int threads = thread_count(job);
  std::vector<double> sums(static_cast<size_t>(threads));
  const Stopwatch watch;
  parallel_for(threads, threads, [&](int64_t thread) {
    RandomStream random(0, "bench.pairs", static_cast<uint64_t>(thread));
    std::vector<float> start(static_cast<size_t>(zoo.parameters())), target = start;
    double sum = 0;
    for (int64_t i = 0; i < kPairs; ++i) {
      const auto run = static_cast<int64_t>(random.below(static_cast<uint64_t>(zoo.runs())));
      for (std::vector<float>* to : {&start, &target}) {
        zoo.read(run, static_cast<int64_t>(random.below(static_cast<uint64_t>(zoo.checkpoints()))),
                 *to);
      }
      sum += target.front() - start.front();
      if (thread == 0) each();
    }
    sums[static_cast<size_t>(thread)] = sum;
  });
  const double seconds = watch.seconds();
  double sum = 0;
  for (const double one : sums) sum += one;
  return {2.0 * kPairs * threads * bytes_a_checkpoint(zoo), seconds, sum};
}

// Fills a zoo of the workload's task with noise, to the workload's size.
void write_noise(const Setting& s, const fs::path& folder) {
  const std::shared_ptr<Ground> ground = make_ground(s);
  const Zoo& zoo = *ground->zoo;
  Run run = zoo.read_run(0);
  RandomStream(0, "bench.noise").fill_normal(run.parameters);
  const double bytes = bytes_a_checkpoint(zoo) * static_cast<double>(zoo.checkpoints());
  const double gigabytes = s.brief ? s.workload.brief_gigabytes : s.workload.gigabytes;
  const int64_t runs = std::max<int64_t>(1, std::llround(1e9 * gigabytes / bytes));
  ZooWriter writer(folder, zoo.description(), runs, 64);
  for (int64_t r = 0; r < runs && !s.job.stopped(); ++r) {
    run.id = r;
    writer.append(run);
  }
  if (!s.job.stopped()) writer.finish();
}

}  // namespace

std::shared_ptr<Ground> make_ground(const Setting& s) {
  const PopulationConfig config = s.population();
  build_zoo(config, s.scratch / "zoo", s.job.quiet());
  return std::make_shared<Ground>(
      Ground{make_task(config.task), std::make_unique<Zoo>(s.scratch / "zoo")});
}

Path zoo_path(const Setting& s) {
  return [config = s.population(), folder = s.scratch / "zoo", &job = s.job] {
    fs::remove_all(folder);
    std::optional<Stopwatch> watch;
    Job own = job.quiet();
    own.progress = [&](const Progress&) {  // first reported when the data is there
      if (!watch) watch.emplace();
    };
    const int64_t work = build_zoo(config, folder, own);
    const double seconds = watch->seconds();
    return Measured{static_cast<double>(work), seconds, final_metric(Zoo(folder))};
  };
}

Path scores_path(const Setting& s) {
  const PopulationConfig config = s.population();
  const std::shared_ptr<const Task> task = make_task(config.task);
  const at::Tensor theta =
      draw_networks(*task, config.initialisers.front(), 0, s.workload.networks);
  const std::vector<Metric> metrics = {task->metrics()[task->score_of(0)]};
  return [task, theta, metrics, effort = config.episodes, &job = s.job] {
    const Stopwatch watch;
    const at::Tensor score =
        measure_networks(*task, metrics, theta, {.effort = effort}, job.quiet());
    return Measured{static_cast<double>(theta.size(0)), watch.seconds(),
                    score.mean().item<double>()};
  };
}

Path reading_path(const Setting& s) {
  return [ground = make_ground(s), &job = s.job] { return read_pairs(*ground->zoo, job, [] {}); };
}

// The score is the most memory, in GB, that the process held while it read.
Path large_path(const Setting& s) {
  write_noise(s, s.scratch / "large");
  return [zoo = std::make_shared<Zoo>(s.scratch / "large"), &job = s.job] {
    int64_t most = 0, pair = 0;
    Measured measured = read_pairs(*zoo, job, [&] {
      if (++pair % 100 == 0) most = std::max(most, resident_memory().all);
    });
    measured.score = static_cast<double>(most) / 1e9;
    return measured;
  };
}

Path writing_path(const Setting& s) {
  return [ground = make_ground(s), folder = s.scratch / "written"] {
    const Zoo& zoo = *ground->zoo;
    fs::remove_all(folder);
    std::vector<Run> runs;
    for (int64_t r = 0; r < zoo.runs(); ++r) {
      runs.push_back(zoo.read_run(r));
      runs.back().id = r;
    }
    const Stopwatch watch;
    ZooWriter writer(folder, zoo.description(), zoo.runs(), 64);
    for (Run& run : runs) writer.append(std::move(run));
    writer.finish();
    const double seconds = watch.seconds();
    const Zoo written(folder);
    return Measured{static_cast<double>(written.bytes()), seconds, final_metric(written)};
  };
}

}  // namespace saltus
