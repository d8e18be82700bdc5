#include "saltus/population/run_trainer.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include "saltus/base/error.h"

namespace saltus {
namespace {

// Takes runs as they finish, in any order, and hands them to the writer in order.
class Collector {
 public:
  Collector(const RunTrainer& trainer, const ZooPlan& plan, ZooWriter& writer, const Job& job)
      : work_unit_(trainer.work_unit()),
        plan_(plan),
        writer_(writer),
        job_(job),
        next_(writer.next_run()),
        first_(next_) {}

  int64_t first() const { return first_; }
  int64_t end() const { return plan_.first_run + plan_.runs; }
  bool complete() const { return next_ == end(); }
  int64_t work() const { return work_; }  // of whole lots

  // `count` runs of a lot are under way, `progress` in units of work.
  void advance(int64_t lot, int64_t count, const Progress& progress) {
    const std::scoped_lock lock(mutex_);
    const double share = static_cast<double>(progress.done) /
                         static_cast<double>(std::max<int64_t>(progress.total, 1));
    // The last of them is not counted before it is measured and handed in.
    const double runs =
        std::min(share * static_cast<double>(count), static_cast<double>(count - 1));
    under_way_[lot] = {.runs = runs, .work = progress.done};
    report();
  }
  void add(int64_t lot, TrainedRuns trained) {
    const std::scoped_lock lock(mutex_);
    under_way_.erase(lot);
    work_ += trained.work;
    for (Run& run : trained.runs) {
      const int64_t id = run.id;
      waiting_.emplace(id, std::move(run));
    }
    for (auto run_at = waiting_.find(next_); run_at != waiting_.end();
         run_at = waiting_.find(next_)) {
      writer_.append(std::move(run_at->second));
      waiting_.erase(run_at);
      ++next_;
    }
    report();
  }
  void report() const {
    const double seconds =
        std::max(std::chrono::duration<double>(Clock::now() - begin_).count(), 1e-9);
    double under_way = 0;
    int64_t work = work_;
    for (const auto& [lot, part] : under_way_) {
      under_way += part.runs;
      work += part.work;
    }
    const int64_t built =
        next_ - first_ + static_cast<int64_t>(waiting_.size()) + static_cast<int64_t>(under_way);
    Progress progress;
    progress.stage = "zoo";
    progress.done = built + first_ - plan_.first_run;
    progress.total = plan_.runs;
    progress.unit = "runs";
    progress.figures = {{"runs/s", static_cast<double>(built) / seconds},
                        {work_unit_ + "/s", static_cast<double>(work) / seconds}};
    job_.report(progress);
  }

 private:
  using Clock = std::chrono::steady_clock;
  // Of a lot: how many runs its work so far is worth, and that work.
  struct Part {
    double runs = 0;
    int64_t work = 0;
  };

  const std::string work_unit_;
  const ZooPlan& plan_;
  ZooWriter& writer_;
  const Job& job_;
  const Clock::time_point begin_ = Clock::now();
  std::mutex mutex_;
  std::map<int64_t, Run> waiting_;
  std::map<int64_t, Part> under_way_;  // by lot
  int64_t next_, first_, work_ = 0;
};

}  // namespace

ZooPlan plan_of_part(const ZooPlan& whole, const ZooPart& part) {
  check(part.index >= 0 && part.index < part.count, "plan_of_part: index");
  const int64_t files = (whole.runs + whole.runs_per_shard - 1) / whole.runs_per_shard;
  if (part.count > files) {
    fail(
        "zoo in {} parts: expected at most {}, one a file of population.runs_per_shard = {} runs; "
        "lower that, or build fewer parts",
        part.count, files, whole.runs_per_shard);
  }
  const auto begin_of = [&](int64_t index) {
    return std::min(files * index / part.count * whole.runs_per_shard, whole.runs);
  };
  const int64_t begin = begin_of(part.index);
  return {.runs = begin_of(part.index + 1) - begin,
          .first_run = whole.first_run + begin,
          .runs_per_shard = whole.runs_per_shard};
}

int64_t build_zoo(const RunTrainer& trainer, const ZooPlan& plan,
                  const std::filesystem::path& folder, const Job& job) {
  const int64_t lot_size = trainer.lot_size();
  check(lot_size >= 1, "build_zoo: lot size");
  ZooWriter writer(folder, trainer.description(), plan.runs, plan.runs_per_shard, plan.first_run);
  Collector collector(trainer, plan, writer, job);
  collector.report();
  // Shards need not end where lots do: the first lot may have been written in part.
  const int64_t first_lot = collector.first() / lot_size;
  const int64_t lots = (collector.end() + lot_size - 1) / lot_size - first_lot;
  const int torch_threads = at::get_num_threads();
  parallel_for(lots, units_at_once(job), [&](int64_t i) {
    if (job.stopped()) return;
    const int64_t begin = std::max((first_lot + i) * lot_size, collector.first());
    const int64_t end = std::min((first_lot + i + 1) * lot_size, collector.end());
    if (begin >= end) return;
    Job own = job;
    own.progress = [&](const Progress& progress) { collector.advance(i, end - begin, progress); };
    collector.add(i, trainer.train(begin, end - begin, own));
  });
  at::set_num_threads(torch_threads);  // the last worker to end may have left it at 1
  if (collector.complete()) writer.finish();
  return collector.work();
}

}  // namespace saltus
