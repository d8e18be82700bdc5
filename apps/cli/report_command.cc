// saltus report
#include <memory>

#include "command.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/report/report.h"
#include "saltus/report/training_log.h"
#include "saltus/report/zoo_bands.h"

namespace saltus {
namespace {

struct ReportOptions {
  std::vector<fs::path> results, zoos, trainings;
  fs::path output;
};

// One for all results, or one for each in their order.
const fs::path* belonging(const std::vector<fs::path>& folders, size_t place) {
  if (folders.empty()) return nullptr;
  return &folders[folders.size() == 1 ? 0 : place];
}

void check_count(const char* option, size_t folders, size_t results) {
  if (folders <= 1 || folders == results) return;
  throw UsageError(
      fmt::format("report: {}: expected one folder, or one for each of the {} results, found {}",
                  option, results, folders));
}

int report(const ReportOptions& options) {
  check_count("--zoo", options.zoos.size(), options.results.size());
  check_count("--training", options.trainings.size(), options.results.size());
  std::vector<ReportInput> inputs;
  for (size_t i = 0; i < options.results.size(); ++i) {
    const fs::path& path = options.results[i];
    ReportInput input{path.string(), parse_json(read_file(path), path.string()), nullptr, nullptr};
    if (const fs::path* zoo = belonging(options.zoos, i)) input.zoo = read_zoo_bands(*zoo);
    if (const fs::path* folder = belonging(options.trainings, i)) {
      input.training = read_training_log(*folder);
    }
    inputs.push_back(std::move(input));
  }
  const std::string html = render_report(inputs);
  if (options.output.has_parent_path()) make_folder(options.output.parent_path());
  write_file(options.output, html);
  fmt::print("{}\n", options.output.string());
  return 0;
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "report",
      "Makes one self-contained HTML page, with plots, from the results of saltus evaluate;\n"
      "several results are compared side by side. The page needs no network to be read.");
  const auto options = std::make_shared<ReportOptions>();
  command->add_option("results", options->results, "results.json of saltus evaluate, one or more")
      ->required();
  command->add_option("-o,--output", options->output, "HTML file to write")->required();
  command
      ->add_option("--zoo", options->zoos,
                   "the zoo of the evaluation: adds how its runs spread; once, or once for each "
                   "results file")
      ->allow_extra_args(false);
  command
      ->add_option("--training", options->trainings,
                   "folder of the generator: adds its training curves; once, or once for each "
                   "results file")
      ->allow_extra_args(false);
  command->footer(
      "Examples:\n"
      "  saltus report results/results.json -o report.html\n"
      "  saltus report seed-0/results.json seed-1/results.json -o report.html\n"
      "  saltus report results.json --zoo zoo --training generator -o report.html\n");
  command->callback([&action, options] { action = [options] { return report(*options); }; });
}

}  // namespace saltus
