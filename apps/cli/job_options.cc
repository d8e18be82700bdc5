#include "job_options.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include "saltus/network/device.h"
#include "signals.h"

namespace saltus {

void add_threads_option(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "threads to use; 0: all cores")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
}

void add_device_option(CLI::App& command, std::string& device) {
  command
      .add_option(
          "--device", device,
          "that computes: cpu, cuda (the first GPU; of processes that work together, each its "
          "own) or cuda:N")
      ->capture_default_str();
}

Job make_job(int threads, ProgressDisplay& display, const std::string& device) {
  device_named(device);  // throws
  Job job;
  job.threads = threads;
  job.device = device;
  job.stop = &stop_on_signals();
  job.progress = [&display](const Progress& progress) { display.show(progress); };
  at::set_num_threads(thread_count(job));
  return job;
}

std::shared_ptr<Team> join_team(Job& job) {
  std::shared_ptr<Team> team = find_team();
  job.team = team.get();
  if (!team->leads()) job.progress = nullptr;
  return team;
}

void note_products(const std::vector<std::pair<std::string, std::string>>& asked, const Job& job) {
  if (job.team != nullptr && !job.team->leads()) return;
  const at::Device device = device_named(job.device);
  std::vector<std::string> changed;
  for (const auto& [option, precision] : asked) {
    if (computes_wider(precision, device)) changed.push_back(option);
  }
  if (changed.empty()) return;
  fmt::print(stderr, "saltus: {}: computing in float32: this processor has no bfloat16 products\n",
             fmt::join(changed, ", "));
}

int finish_job(const Job& job, const std::string& how_to_continue) {
  if (!job.stopped()) return 0;
  if (job.team != nullptr && !job.team->leads()) return kInterrupted;  // the first says so for all
  fmt::print(stderr, "saltus: interrupted; {}\n", how_to_continue);
  return kInterrupted;
}

}  // namespace saltus
