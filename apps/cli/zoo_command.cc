// saltus zoo info | diversity | subset | verify; the rest: zoo_build_command.cc and
// zoo_exchange_command.cc
#include <memory>

#include "card_option.h"
#include "command.h"
#include "job_options.h"
#include "saltus/base/json.h"
#include "saltus/evaluation/run_diversity.h"
#include "saltus/workflow/cards.h"
#include "saltus/zoo/subset.h"
#include "saltus/zoo/verify.h"
#include "saltus/zoo/zoo.h"
#include "zoo_build_command.h"
#include "zoo_exchange_command.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

int info(const fs::path& folder, bool as_json) {
  const Zoo zoo(folder);
  fmt::print("{}\n", as_json ? zoo_summary(zoo).dump(2) : describe_zoo(zoo));
  return 0;
}

struct DiversityArguments {
  fs::path folder;
  int64_t runs = 128;
  bool as_json = false;
  int threads = 0;
};

// How many runs of the zoo were trained on the same mini-batches.
int64_t lot_of(const Zoo& zoo) {
  const Json& made_by = zoo.description().made_by;
  const Json::json_pointer supervised("/configuration/supervised");
  if (!made_by.contains(supervised)) return 1;
  const std::string where =
      (zoo.folder() / "zoo.json").string() + ": made_by" + supervised.to_string();
  const auto lot = json_get<int64_t>(made_by[supervised], "lot", where);
  if (lot < 1) fail("{}: lot: expected 1 or more, found {}", where, lot);
  return lot;
}

int diversity(const DiversityArguments& arguments) {
  const Zoo zoo(arguments.folder);
  ProgressDisplay display;
  const Job job = make_job(arguments.threads, display);
  const Json result = run_diversity(zoo, arguments.runs, lot_of(zoo), job);
  if (job.stopped()) return finish_job(job, "nothing was changed");
  fmt::print("{}\n", arguments.as_json ? result.dump(2) : describe_run_diversity(result));
  return 0;
}

struct SubsetArguments {
  fs::path source, folder;
  int64_t runs = 0;
  std::string license = "unknown";
};

int subset(const SubsetArguments& arguments) {
  const Zoo zoo(arguments.source);
  ProgressDisplay display;
  const Job job = make_job(1, display);
  subset_zoo(zoo, arguments.runs, arguments.folder, job);
  // What building this much of the zoo took.
  const double seconds = recorded_build_seconds(arguments.source);
  if (!job.stopped() && seconds > 0) {
    record_build_seconds(arguments.folder, seconds * static_cast<double>(arguments.runs) /
                                               static_cast<double>(zoo.runs() + zoo.dropped()));
  }
  if (!job.stopped()) write_zoo_card(arguments.folder, arguments.license);
  return finish_job(job, "the same command goes on where it stopped");
}

int verify(const fs::path& folder, int threads) {
  ProgressDisplay display;
  const Job job = make_job(threads, display);
  const std::vector<std::string> problems = verify_zoo(folder, job);
  if (job.stopped()) return finish_job(job, "nothing was changed");
  for (const std::string& problem : problems) fmt::print("{}\n", problem);
  if (!problems.empty()) {
    fail(
        "{}: {} problem{} found; restore the files from a copy, or build the zoo "
        "again in an empty folder",
        folder.string(), problems.size(), problems.size() == 1 ? "" : "s");
  }
  fmt::print("{}: sound\n", folder.string());
  return 0;
}

void add_info(CLI::App& zoo, Action& action) {
  CLI::App* command = zoo.add_subcommand(
      "info",
      "Summarises a zoo: runs by split, checkpoints, size, how it was made, and quantiles of each\n"
      "metric over the course of training.");
  const auto folder = std::make_shared<fs::path>();
  const auto as_json = std::make_shared<bool>(false);
  command->add_option("zoo", *folder, "folder of the zoo")->required();
  command->add_flag("--json", *as_json, "as JSON");
  command->footer("Examples:\n  saltus zoo info zoo\n  saltus zoo info zoo --json\n");
  command->callback([&action, folder, as_json] {
    action = [folder, as_json] { return info(*folder, *as_json); };
  });
}

void add_diversity(CLI::App& zoo, Action& action) {
  CLI::App* command = zoo.add_subcommand(
      "diversity",
      "Compares the last checkpoints of a zoo's runs: their metrics, and the distances of pairs,\n"
      "raw and after matching hidden units. Runs trained on the same mini-batches are told apart\n"
      "from others, to show whether they ended closer together.");
  const auto arguments = std::make_shared<DiversityArguments>();
  command->add_option("zoo", arguments->folder, "folder of the zoo")->required();
  command
      ->add_option("--runs", arguments->runs,
                   "runs to compare at most, in lots spread over the zoo")
      ->check(CLI::Range(int64_t{2}, int64_t{100000}))
      ->capture_default_str();
  command->add_flag("--json", arguments->as_json, "as JSON");
  add_threads_option(*command, arguments->threads);
  command->footer("Examples:\n  saltus zoo diversity zoo\n  saltus zoo diversity zoo --runs 512\n");
  command->callback(
      [&action, arguments] { action = [arguments] { return diversity(*arguments); }; });
}

void add_subset(CLI::App& zoo, Action& action) {
  CLI::App* command = zoo.add_subcommand(
      "subset",
      "Copies a zoo's first runs to a zoo of their own, to see what more runs are worth.\n"
      "Interrupted, it goes on when started again.");
  const auto arguments = std::make_shared<SubsetArguments>();
  command->add_option("zoo", arguments->source, "folder of the zoo")->required();
  command->add_option("-o,--output", arguments->folder, "folder of the new zoo")->required();
  command->add_option("--runs", arguments->runs, "runs to take")->required();
  add_license_option(*command, arguments->license);
  command->footer("Example:\n  saltus zoo subset zoo -o quarter --runs 256\n");
  command->callback([&action, arguments] { action = [arguments] { return subset(*arguments); }; });
}

void add_verify(CLI::App& zoo, Action& action) {
  CLI::App* command = zoo.add_subcommand(
      "verify",
      "Reads every byte of a zoo and lists what is wrong with it: sizes, hashes, layout, values\n"
      "that are no numbers or too large, missing splits. Exit code 1 when anything is.");
  const auto folder = std::make_shared<fs::path>();
  const auto threads = std::make_shared<int>(0);
  command->add_option("zoo", *folder, "folder of the zoo")->required();
  add_threads_option(*command, *threads);
  command->footer("Example:\n  saltus zoo verify zoo\n");
  command->callback([&action, folder, threads] {
    action = [folder, threads] { return verify(*folder, *threads); };
  });
}

}  // namespace

void add_zoo_command(CLI::App& app, Action& action) {
  CLI::App* zoo = app.add_subcommand(
      "zoo",
      "Builds, summarises and checks zoos: data sets of training runs, with their\n"
      "checkpoints and metrics, from which a generator learns.");
  zoo->require_subcommand(1);
  zoo->footer(
      "Examples:\n  saltus zoo build -o zoo\n  saltus zoo import runs -o zoo\n  saltus zoo info "
      "zoo\n  saltus zoo diversity zoo\n"
      "  saltus zoo verify zoo\n");
  add_zoo_build(*zoo, action);
  add_zoo_merge(*zoo, action);
  add_zoo_import(*zoo, action);
  add_zoo_export(*zoo, action);
  add_info(*zoo, action);
  add_diversity(*zoo, action);
  add_subset(*zoo, action);
  add_verify(*zoo, action);
}

}  // namespace saltus
