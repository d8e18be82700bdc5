// saltus bench
#include <ATen/Version.h>
#include <torch/version.h>

#include <algorithm>
#include <map>
#include <memory>

#include "bench/comparison.h"
#include "bench/paths.h"
#include "command.h"
#include "job_options.h"
#include "saltus/base/file.h"

namespace saltus {
namespace {

struct BenchArguments {
  std::vector<fs::path> workloads;
  fs::path json, python = ".venv/bin/python";
  fs::path scratch = fs::temp_directory_path();
  bool brief = false, no_peers = false;
  int64_t repeats = 3;
  int threads = 0;
};

const fs::path kWorkloads = "bench/workloads";

std::vector<fs::path> all_workloads() {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(kWorkloads, none)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  if (files.empty()) {
    fail(
        "bench: expected workloads in {}, found none; run it in the project's folder, or name "
        "files",
        kWorkloads.string());
  }
  std::ranges::sort(files);
  return files;
}

// A folder of its own that vanishes afterwards.
class Scratch {
 public:
  explicit Scratch(const fs::path& parent) {
    std::string name = (parent / "saltus-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      fail("bench: cannot make a folder in {}; name another by --scratch", parent.string());
    }
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// What was measured, and what could not be.
struct Findings {
  Peaks peaks;
  std::vector<BenchResult> results;
  std::map<std::string, std::string> failures;  // by workload

  void write(const fs::path& file, const Job& job) const {
    if (file.empty()) return;
    Json json = {{"machine",
                  {{"threads", thread_count(job)},
                   {"isa", at::get_cpu_capability()},
                   {"torch", TORCH_VERSION}}}};
    json.update(to_json(peaks, results));
    json["failures"] = failures;
    write_file(file, json.dump(2) + "\n");
  }
};

int bench(const BenchArguments& arguments) {
  std::vector<Workload> workloads;  // all read before the first is run
  const auto files = arguments.workloads.empty() ? all_workloads() : arguments.workloads;
  for (const fs::path& file : files) {
    workloads.push_back(read_workload(file));
    check_workload(workloads.back(), arguments.brief);
  }
  ProgressDisplay display;
  const Job job = make_job(arguments.threads, display);
  const Scratch scratch(arguments.scratch);
  Findings findings{.peaks = measure_peaks(job, scratch.path())};
  fmt::print("{} threads, {}, LibTorch {}\n{}\n", thread_count(job), at::get_cpu_capability(),
             TORCH_VERSION, describe(findings.peaks));
  const BenchOptions options{.brief = arguments.brief,
                             .peers = !arguments.no_peers,
                             .repeats = arguments.repeats,
                             .python = arguments.python,
                             .scratch = scratch.path()};
  for (const Workload& workload : workloads) {
    if (job.stopped()) break;
    try {
      findings.results.push_back(compare(workload, findings.peaks, options, job));
      fmt::print("{}", describe(findings.results.back()));
    } catch (const Error& error) {
      findings.failures[workload.name] = error.what();
      fmt::print("{}: not measured\n", workload.name);
      fmt::print(stderr, "saltus: {}: {}\n", workload.name, error.what());
    }
    std::fflush(stdout);
    findings.write(arguments.json, job);
  }
  const int code = finish_job(job, "what was measured so far stands above");
  return code == 0 && !findings.failures.empty() ? 1 : code;
}

}  // namespace

void add_bench_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "bench",
      "Measures how fast Saltus is: against this machine's own peaks, and against the same work "
      "in\n"
      "plain PyTorch, in one run. Rates are medians over repeats, with the lowest and highest as\n"
      "parts of them. Some workloads want $SALTUS_DATA; peers want a Python with torch\n"
      "(scripts/setup.sh --python) and, for cart-pole, gymnasium. What cannot be run is said and\n"
      "left out.");
  const auto arguments = std::make_shared<BenchArguments>();
  command
      ->add_option("workloads", arguments->workloads,
                   "files that say what to measure (default: all of bench/workloads)")
      ->check(CLI::ExistingFile);
  command->add_option("--json", arguments->json, "file to write the figures to");
  command->add_flag("--brief", arguments->brief, "less work each: seconds, and rough figures");
  command->add_flag("--no-peers", arguments->no_peers, "measure Saltus alone");
  command->add_option("--repeats", arguments->repeats, "of each measurement")
      ->check(CLI::Range(int64_t{1}, int64_t{1000}))
      ->capture_default_str();
  command->add_option("--python", arguments->python, "that runs the peers, with torch")
      ->capture_default_str();
  command->add_option("--scratch", arguments->scratch, "folder for what is built on the way")
      ->capture_default_str();
  add_threads_option(*command, arguments->threads);
  command->footer(
      "Examples:\n  saltus bench\n  saltus bench bench/workloads/mnist-zoo.yaml --json speed.json\n"
      "  saltus bench --brief --no-peers\n");
  command->callback([&action, arguments] { action = [arguments] { return bench(*arguments); }; });
}

}  // namespace saltus
