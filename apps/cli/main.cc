// saltus: learning to optimise from checkpoints, from the command line.
//
// Loading LibTorch takes a quarter of a second, and some commands do without it: those run here,
// and `saltus-engine`, which lies beside this program, becomes the process for all others.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "program.h"
#include "saltus/base/file.h"

namespace {

void declare_light(CLI::App& app, saltus::Action& action) {
  saltus::add_report_command(app, action);
  saltus::add_version_command(app, action);
}

bool is_light(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  return command == "report" || command == "version";
}

// GNU OpenMP reads this when it is loaded. Its threads otherwise wait for one another in a loop of
// a millisecond or more, which costs a process that has all cores nothing; one that shares them
// then takes a hundred times as long for small products.
void let_threads_sleep() {
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) setenv("GOMP_SPINCOUNT", "1000", 0);
}

// Returns only when the engine cannot be started.
int become_engine(char** argv) {
  let_threads_sleep();
  const std::filesystem::path engine = saltus::beside_program("saltus-engine");
  execv(engine.c_str(), argv);
  fmt::print(stderr,
             "saltus: error: cannot start {}: {}; it belongs into the folder of saltus itself: "
             "build or copy both\n",
             engine.string(), std::strerror(errno));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (!is_light(argc, argv)) return become_engine(argv);
  return saltus::run_program(argc, argv, "", declare_light);
}
