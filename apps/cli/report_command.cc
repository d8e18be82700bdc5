// saltus report
#include <memory>

#include "command.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/report/report.h"

namespace saltus {
namespace {

int report(const fs::path& results, const fs::path& output) {
  const std::string html = render_report(parse_json(read_file(results), results.string()));
  if (output.has_parent_path()) make_folder(output.parent_path());
  write_file(output, html);
  fmt::print("{}\n", output.string());
  return 0;
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "report",
      "Makes one self-contained HTML page, with plots, from the results of saltus evaluate.\n"
      "It needs no network to be read.");
  const auto results = std::make_shared<fs::path>();
  const auto output = std::make_shared<fs::path>();
  command->add_option("results", *results, "results.json of saltus evaluate")->required();
  command->add_option("-o,--output", *output, "HTML file to write")->required();
  command->footer("Example:\n  saltus report results/results.json -o report.html\n");
  command->callback([&action, results, output] {
    action = [results, output] { return report(*results, *output); };
  });
}

}  // namespace saltus
