// saltus zoo build | merge
#include "zoo_build_command.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>

#include "card_option.h"
#include "configuration.h"
#include "job_options.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/workflow/cards.h"
#include "saltus/zoo/merge.h"

namespace saltus {
namespace {

constexpr const char* kBuildExamples =
    "  saltus zoo build -o zoo\n"
    "  saltus zoo build -o small population.runs=64 population.seed=7\n"
    "  saltus zoo build -o zoo --config demo.yaml --threads 2\n"
    "  saltus zoo build -o part-3 --config demo.yaml --shard 3/8    then: saltus zoo merge\n";

struct BuildArguments {
  fs::path folder;
  int threads = 0;
  std::string device = "cpu";
  std::string shard, license = "unknown";
  ConfigurationSource source;
};

// "3/8": the third of eight parts; nothing: all of it.
ZooPart part_named(const std::string& text) {
  ZooPart part;
  if (text.empty()) return part;
  const char* end = text.data() + text.size();
  const auto [slash, code] = std::from_chars(text.data(), end, part.index);
  --part.index;
  if (code == std::errc() && slash != end && *slash == '/') {
    const auto [last, count_code] = std::from_chars(slash + 1, end, part.count);
    const bool number = count_code == std::errc() && last == end;
    if (number && part.index >= 0 && part.index < part.count) return part;
  }
  throw UsageError(fmt::format(
      "--shard: expected I/N with I from 1 to N, as 3/8 for the third of eight parts, found '{}'",
      text));
}

void timed_build(const PopulationConfig& config, const fs::path& folder, const Job& job,
                 const ZooPart& part) {
  const auto begin = std::chrono::steady_clock::now();
  build_zoo(config, folder, job, part);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  // Earlier calls that a resumed build had are counted.
  record_build_seconds(folder, recorded_build_seconds(folder) + taken.count());
}

// The parts of a team's zoo until they are joined, beside the zoo.
struct TeamParts {
  fs::path home;
  std::vector<fs::path> folders;  // one a process

  TeamParts(const fs::path& zoo, int processes) {
    fs::path whole = fs::absolute(zoo).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();  // of "zoo/"
    home = whole.string() + ".parts";
    for (int i = 1; i <= processes; ++i) {
      folders.push_back(home / fmt::format("{}-of-{}", i, processes));
    }
  }
  // Error when they are those of another number of processes.
  void check_count() const {
    if (!fs::exists(home)) return;
    for (const fs::directory_entry& entry : fs::directory_iterator(home)) {
      if (std::ranges::find(folders, entry.path()) == folders.end()) {
        fail(
            "zoo build: {}: expected the parts of {} processes, found {}; go on with as many as "
            "it was begun with, or delete that folder",
            home.string(), folders.size(), entry.path().filename().string());
      }
    }
  }
  // Once they are joined.
  void clear(const fs::path& zoo) const {
    double longest = 0;  // they worked at the same time
    for (const fs::path& part : folders) {
      longest = std::max(longest, recorded_build_seconds(part));
    }
    record_build_seconds(zoo, longest);
    fs::remove_all(home);
  }
};

// Each process of a team builds one part, and the first joins them. A zoo that one process has
// begun, or that is there, is left to the first.
void build_together(const PopulationConfig& config, const fs::path& folder, const Job& job) {
  Team& team = *job.team;
  const TeamParts parts(folder, team.size());
  if (!fs::exists(folder / "zoo.json")) {
    parts.check_count();
    check_merge_folder(folder);
    timed_build(config, parts.folders[static_cast<size_t>(team.rank())], job,
                {.index = team.rank(), .count = team.size()});
    if (team.any(job.stopped()) || !team.leads()) return;
    merge_zoos(parts.folders, folder, job);
    if (job.stopped()) return;  // the parts may be all there is
  } else if (team.leads() && !fs::exists(parts.home)) {
    timed_build(config, folder, job, {});
  }
  if (team.leads() && fs::exists(parts.home)) parts.clear(folder);
}

int build(const BuildArguments& arguments) {
  const ZooPart part = part_named(arguments.shard);
  Configuration configuration;
  configuration.read(Part::population, arguments.source.yaml, arguments.source.overrides);
  ProgressDisplay display;
  Job job = make_job(arguments.threads, display, arguments.device);
  // A shard is built by one process, even where a launcher started others.
  const auto team = arguments.shard.empty() ? join_team(job) : std::make_shared<Team>();
  if (!configuration.population.is_policy()) {
    note_products({{"supervised.convolutions", configuration.population.supervised.convolutions}},
                  job);
  }
  if (team->size() > 1) {
    build_together(configuration.population, arguments.folder, job);
  } else {
    timed_build(configuration.population, arguments.folder, job, part);
  }
  if (team->leads() && fs::exists(arguments.folder / "zoo.json")) {
    write_file(arguments.folder / "config.yaml", configuration.options(Part::population).to_yaml());
    if (!job.stopped()) write_zoo_card(arguments.folder, arguments.license);
  }
  return finish_job(job, "the same command goes on where it stopped");
}

struct MergeArguments {
  std::vector<fs::path> parts;
  fs::path folder;
  std::string license = "unknown";
};

int merge(const MergeArguments& arguments) {
  ProgressDisplay display;
  const Job job = make_job(1, display);
  merge_zoos(arguments.parts, arguments.folder, job);
  if (job.stopped()) return finish_job(job, "the same command goes on where it stopped");
  double seconds = 0;  // of all machines together
  for (const fs::path& part : arguments.parts) seconds += recorded_build_seconds(part);
  record_build_seconds(arguments.folder, seconds);
  const fs::path configuration = arguments.parts.front() / "config.yaml";  // the same in each
  if (fs::exists(configuration)) {
    write_file(arguments.folder / "config.yaml", read_file(configuration));
  }
  write_zoo_card(arguments.folder, arguments.license);
  return 0;
}

}  // namespace

double recorded_build_seconds(const fs::path& folder) {
  const fs::path file = folder / "build.json";
  return fs::exists(file) ? parse_json(read_file(file), file.string()).value("seconds", 0.0) : 0.0;
}

void record_build_seconds(const fs::path& folder, double seconds) {
  write_file(folder / "build.json", Json{{"seconds", seconds}}.dump(2) + "\n");
}

void add_zoo_build(CLI::App& zoo, Action& action) {
  CLI::App* command = zoo.add_subcommand(
      "build",
      "Trains many small networks from different starts and keeps their checkpoints, each with\n"
      "its measured metrics. Interrupted, it goes on when started again: on the CPU to the same\n"
      "bytes, on a GPU, which trains image classifiers alone, up to rounding. Under mpirun -np N,\n"
      "N processes build a part each, and the first joins them.");
  const auto arguments = std::make_shared<BuildArguments>();
  command->add_option("-o,--output", arguments->folder, "folder of the zoo")->required();
  command
      ->add_option(
          "--shard", arguments->shard,
          "I/N: build the I-th of N parts alone, as one machine or job of many; they need\n"
          "nothing of each other, and saltus zoo merge joins them")
      ->capture_default_str();
  add_threads_option(*command, arguments->threads);
  add_device_option(*command, arguments->device);
  add_license_option(*command, arguments->license);
  add_configuration(*command, Part::population, arguments->source, kBuildExamples);
  command->callback([&action, arguments] { action = [arguments] { return build(*arguments); }; });
}

void add_zoo_merge(CLI::App& zoo, Action& action) {
  CLI::App* command = zoo.add_subcommand(
      "merge",
      "Joins the parts that saltus zoo build --shard made to one zoo, the same as if it had been\n"
      "built at once. Files are hard links where the file system allows it, else copies; the\n"
      "parts stay, and may be deleted afterwards. Interrupted, it goes on when started again.");
  const auto arguments = std::make_shared<MergeArguments>();
  command->add_option("parts", arguments->parts, "folders of all parts, in any order")->required();
  command->add_option("-o,--output", arguments->folder, "folder of the zoo")->required();
  add_license_option(*command, arguments->license);
  command->footer("Example:\n  saltus zoo merge part-* -o zoo\n");
  command->callback([&action, arguments] { action = [arguments] { return merge(*arguments); }; });
}

}  // namespace saltus
