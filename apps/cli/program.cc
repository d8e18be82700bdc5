#include "program.h"

#include <exception>
#include <memory>
#include <vector>

#include "help_format.h"

namespace saltus {
namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

}  // namespace

int run_program(int argc, char** argv, const std::string& description,
                const std::function<void(CLI::App&, Action&)>& declare) {
  try {
    CLI::App app(description, "saltus");
    app.require_subcommand(1);
    app.formatter(std::make_shared<HelpFormat>());
    app.get_formatter()->column_width(36);
    Action action;
    declare(app, action);
    app.footer("saltus COMMAND --help explains one command.");
    check_names(app, std::vector<std::string>(argv + 1, argv + argc));
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& help) {
      return app.exit(help);  // prints the help that was asked for
    } catch (const CLI::ParseError& error) {
      throw UsageError(fmt::format("{}; see saltus --help", error.what()));
    }
    return action();
  } catch (const UsageError& error) {
    fmt::print(stderr, "saltus: error: {}\n", error.what());
    return kUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "saltus: error: {}\n", error.what());
    return kFailure;
  }
}

}  // namespace saltus
