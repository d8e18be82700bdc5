// saltus version
#include <torch/version.h>  // macros alone: this command runs without LibTorch

#include <memory>

#include "command.h"
#include "saltus/base/isa.h"
#include "saltus/base/job.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

// Everything that results depend on besides the configuration.
Json version_facts() {
  return {{"saltus", SALTUS_VERSION},
          {"torch", TORCH_VERSION},
          {"compiler", SALTUS_COMPILER},
          {"isa", isa_name(selected_isa())},
          {"threads", thread_count(Job{})}};
}

int version(bool as_json) {
  const Json facts = version_facts();
  if (as_json) {
    fmt::print("{}\n", facts.dump(2));
    return 0;
  }
  fmt::print("saltus {}\ntorch {}\ncompiler {}\ninstruction set {}\nthreads {}\n", SALTUS_VERSION,
             TORCH_VERSION, SALTUS_COMPILER, facts["isa"].get<std::string>(),
             facts["threads"].get<int>());
  return 0;
}

}  // namespace

void add_version_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "version",
      "Says which saltus this is and what its results depend on: LibTorch, compiler, instruction\n"
      "set, threads.");
  const auto as_json = std::make_shared<bool>(false);
  command->add_flag("--json", *as_json, "as JSON");
  command->footer("Examples:\n  saltus version\n  saltus version --json\n");
  command->callback([&action, as_json] { action = [as_json] { return version(*as_json); }; });
}

}  // namespace saltus
