// saltus: learning to optimise from checkpoints, from the command line.
#include <ATen/Parallel.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "help_format.h"

namespace {

using saltus::Action;
using saltus::UsageError;

constexpr int kFailure = 1;
constexpr int kUsage = 2;

constexpr const char* kWorkflow =
    R"(Learns to optimise from checkpoints: checkpoints in, a prompt in, better weights out.

  saltus zoo build -o zoo                         many small networks trained, checkpoints kept
  saltus train --zoo zoo -o generator             a generator that learnt to improve networks
  saltus update generator --from init:seed=3 --prompt return=495 -o out   one of them improved
  saltus evaluate generator --zoo zoo -o results  how well that works
  saltus report results/results.json -o report.html                       and a page about it
)";

void run(int argc, char** argv, Action& action) {
  CLI::App app(kWorkflow, "saltus");
  app.require_subcommand(1);
  app.formatter(std::make_shared<saltus::HelpFormat>());
  app.get_formatter()->column_width(36);
  saltus::add_zoo_command(app, action);
  saltus::add_train_command(app, action);
  saltus::add_update_command(app, action);
  saltus::add_evaluate_command(app, action);
  saltus::add_report_command(app, action);
  saltus::add_version_command(app, action);
  app.footer("saltus COMMAND --help explains one command.");

  saltus::check_names(app, std::vector<std::string>(argv + 1, argv + argc));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    const int code = app.exit(help);  // prints the help that was asked for
    action = [code] { return code; };
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}; see saltus --help", error.what()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    at::set_num_interop_threads(1);
    Action action;
    run(argc, argv, action);
    return action();
  } catch (const UsageError& error) {
    fmt::print(stderr, "saltus: error: {}\n", error.what());
    return kUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "saltus: error: {}\n", error.what());
    return kFailure;
  }
}
