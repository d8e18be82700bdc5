#include "bench/comparison.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <map>

#include "bench/paths.h"
#include "bench/peer.h"
#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/benchmark/flop_counter.h"
#include "saltus/training/validation.h"

namespace saltus {
namespace {

constexpr const char* kOurs = "saltus";

// Keeps the rates that Google Benchmark measured, by name, instead of printing them.
class RateKeeper : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;  // its own medians of times
      const std::string name = run.run_name.function_name;
      if (failures.contains(name)) continue;
      rates[name].push_back(run.counters.at("rate"));
      scores[name] = run.counters.at("score");
    }
  }

  std::map<std::string, std::vector<double>> rates;
  std::map<std::string, double> scores;
  std::map<std::string, std::string> failures;  // filled by what failed
};

void enlist(const std::string& name, int64_t repeats, const Path& path, RateKeeper& keeper) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [path, name, &keeper](benchmark::State& state) {
                                 Measured measured;
                                 for (auto _ : state) {
                                   try {
                                     measured = path();
                                   } catch (const Error& error) {
                                     keeper.failures[name] = error.what();
                                     state.SkipWithError(error.what());
                                     return;
                                   }
                                   state.SetIterationTime(measured.seconds);
                                 }
                                 state.counters["rate"] = measured.work / measured.seconds;
                                 state.counters["score"] = measured.score;
                               })
      ->Iterations(1)
      ->Repetitions(static_cast<int>(repeats))
      ->UseManualTime();
}

// Once: the library has its options in globals, and keeps a pointer to the name.
void initialise_library() {
  static std::string program = "saltus", interleave = "--benchmark_enable_random_interleaving=true";
  static const bool done = [] {
    std::array<char*, 3> argv = {program.data(), interleave.data(), nullptr};
    int argc = 2;
    benchmark::Initialize(&argc, argv.data());
    return true;
  }();
  static_cast<void>(done);
}

Rate rate_of(const RateKeeper& keeper, const std::string& name) {
  std::vector<double> rates = keeper.rates.at(name);
  std::ranges::sort(rates);
  return {rates[rates.size() / 2], rates.front(), rates.back(), keeper.scores.at(name)};
}

// 24900 -> "24,900"; 0.0123 -> "0.0123".
std::string number(double value) {
  if (value < 100) return fmt::format("{:.3g}", value);
  std::string digits = fmt::format("{:.0f}", value);
  for (auto place = static_cast<int64_t>(digits.size()) - 3; place > 0; place -= 3) {
    digits.insert(static_cast<size_t>(place), ",");
  }
  return digits;
}

std::string rate_text(const Rate& rate, const Workload& workload) {
  const std::string value = workload.counts_bytes()
                                ? fmt::format("{:.2f} GB/s", rate.median / 1e9)
                                : fmt::format("{} {}/s", number(rate.median), workload.unit);
  return fmt::format("{} ({:+.0f} % {:+.0f} %)", value, 100 * (rate.low / rate.median - 1),
                     100 * (rate.high / rate.median - 1));
}

std::string verdict(double value, double aim) { return value >= aim ? "met" : "not met"; }

Json rate_json(const Rate& rate) {
  return {{"median", rate.median}, {"low", rate.low}, {"high", rate.high}, {"score", rate.score}};
}

}  // namespace

BenchResult compare(const Workload& given, const Peaks& peaks, const BenchOptions& options,
                    const Job& job) {
  Workload workload = given;
  if (!options.peers) workload.peers.clear();
  const fs::path scratch = options.scratch / workload.name;
  const auto prepare = [&](const Workload& one) {
    const fs::path folder = scratch / one.name;
    fs::create_directories(folder);
    return prepare_path(one, options.brief, folder, job);
  };
  const Path path = prepare(workload);
  double flops_a_unit = 0;
  {
    const FlopCounter counter(kValidation);  // which the seconds leave out, too
    const Measured warm = path();
    flops_a_unit = counter.count() / warm.work;
  }
  initialise_library();
  RateKeeper keeper;
  enlist(kOurs, options.repeats, path, keeper);
  for (const Peer& peer : workload.peers) {
    if (peer.workload) {
      enlist(peer.name, options.repeats, prepare(*peer.workload), keeper);
      continue;
    }
    const Path run = [&, name = peer.name] {
      return run_peer(options.python, workload.peer_script, name, thread_count(job), options.brief);
    };
    enlist(peer.name, options.repeats, run, keeper);
  }
  benchmark::RunSpecifiedBenchmarks(&keeper);
  benchmark::ClearRegisteredBenchmarks();
  fs::remove_all(scratch);

  if (keeper.failures.contains(kOurs)) fail("{}", keeper.failures[kOurs]);
  BenchResult result{.workload = workload, .rate = rate_of(keeper, kOurs)};
  result.flops = flops_a_unit * result.rate.median;
  if (!workload.peak.empty()) {
    const double achieved = workload.counts_bytes() ? result.rate.median : result.flops;
    result.share = achieved / peaks.named(workload.peak);
  }
  for (const Peer& peer : workload.peers) {
    if (keeper.failures.contains(peer.name)) {
      result.peers.push_back({.peer = peer, .failure = keeper.failures[peer.name]});
      continue;
    }
    const Rate rate = rate_of(keeper, peer.name);
    result.peers.push_back({peer, rate, result.rate.median / rate.median, ""});
  }
  return result;
}

std::string describe(const Peaks& peaks) {
  return fmt::format(
      "peaks: matrix product {:.0f} GFLOP/s in f32, {:.0f} in bf16; memory copy {:.1f} GB/s; page "
      "cache {:.1f} GB/s; disk {:.2f} GB/s",
      peaks.gemm_f32 / 1e9, peaks.gemm_bf16 / 1e9, peaks.memory_copy / 1e9,
      peaks.page_cache_read / 1e9, peaks.disk_write / 1e9);
}

std::string describe(const BenchResult& result) {
  const Workload& w = result.workload;
  std::string text =
      fmt::format("{}: {}\n  {:<16} {}", w.name, w.what, kOurs, rate_text(result.rate, w));
  if (result.flops > 0) text += fmt::format(", {:.0f} GFLOP/s", result.flops / 1e9);
  if (!w.peak.empty()) {
    text += fmt::format(", {:.0f} % of {}", 100 * result.share, w.peak);
    if (w.peak_share > 0) {
      text += fmt::format(" (aim {:.0f} %: {})", 100 * w.peak_share,
                          verdict(result.share, w.peak_share));
    }
  }
  text += fmt::format(", score {:.4g}", result.rate.score);
  if (w.score_below > 0) {
    text += fmt::format(" (aim below {:g}: {})", w.score_below,
                        result.rate.score < w.score_below ? "met" : "not met");
  }
  text += "\n";
  for (const PeerResult& peer : result.peers) {
    if (!peer.failure.empty()) {
      text += fmt::format("  {:<16} not measured: {}\n", peer.peer.name, peer.failure);
      continue;
    }
    text += fmt::format("  {:<16} {}: ours is {:.3g} times that (aim {:g}: {}), score {:.4g}\n",
                        peer.peer.name, rate_text(peer.rate, w), peer.ratio, peer.peer.aim,
                        verdict(peer.ratio, peer.peer.aim), peer.rate.score);
  }
  return text;
}

Json to_json(const Peaks& peaks, const std::vector<BenchResult>& results) {
  Json workloads = Json::object(), ratios = Json::object();
  const auto add_ratio = [&](const std::string& name, double value, double aim) {
    ratios[name] = {{"value", value}, {"target", aim}, {"met", value >= aim}};
  };
  for (const BenchResult& result : results) {
    const Workload& w = result.workload;
    Json& own = workloads[w.name];
    own = {{"what", w.what},
           {"unit", w.unit},
           {"rate", rate_json(result.rate)},
           {"flops", result.flops},
           {"peers", Json::object()}};
    if (!w.peak.empty()) own["share_of_" + w.peak] = result.share;
    if (w.peak_share > 0) add_ratio(w.name + "/" + w.peak, result.share, w.peak_share);
    if (w.score_below > 0) {
      ratios[w.name + "/score"] = {{"value", result.rate.score},
                                   {"target", w.score_below},
                                   {"met", result.rate.score < w.score_below}};
    }
    for (const PeerResult& peer : result.peers) {
      if (!peer.failure.empty()) {
        own["peers"][peer.peer.name] = {{"failure", peer.failure}};
        continue;
      }
      own["peers"][peer.peer.name] = rate_json(peer.rate);
      add_ratio(w.name + "/" + peer.peer.name, peer.ratio, peer.peer.aim);
    }
  }
  return {{"peaks", peaks.to_json()}, {"workloads", workloads}, {"ratios", ratios}};
}

}  // namespace saltus
