// saltus-engine: every command, with LibTorch. Users start it through `saltus` (main.cc).
#include <ATen/Parallel.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "program.h"

namespace {

constexpr const char* kWorkflow =
    R"(Learns to optimise from checkpoints: checkpoints in, a prompt in, better weights out.

  saltus zoo build -o zoo                         many small networks trained, checkpoints kept
  saltus zoo import runs -o zoo                   or checkpoints of your own
  saltus train --zoo zoo -o generator             a generator that learnt to improve networks
  saltus update generator --from init:seed=3 --prompt return=495 -o out   one of them improved
  saltus evaluate generator --zoo zoo -o results  how well that works
  saltus report results/results.json -o report.html                       and a page about it
  saltus serve generator --zoo zoo                                        play with it in a browser
)";

void declare(CLI::App& app, saltus::Action& action) {
  saltus::add_zoo_command(app, action);
  saltus::add_train_command(app, action);
  saltus::add_import_model_command(app, action);
  saltus::add_update_command(app, action);
  saltus::add_evaluate_command(app, action);
  saltus::add_report_command(app, action);
  saltus::add_serve_command(app, action);
  saltus::add_watch_command(app, action);
  saltus::add_bench_command(app, action);
  saltus::add_completion_command(app, action);
  saltus::add_version_command(app, action);
}

// What a step of training frees, the next one takes again: memory given back to the system in
// between would be cleared and mapped anew.
void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kMegabyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);  // the highest there is
  mallopt(M_TRIM_THRESHOLD, 512 * kMegabyte);
  mallopt(M_TOP_PAD, 16 * kMegabyte);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  at::set_num_interop_threads(1);
  return saltus::run_program(argc, argv, kWorkflow, declare);
}
