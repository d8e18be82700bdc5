// The job that a command runs: its options, how it stops, how it ends.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "saltus/base/job.h"
#include "saltus/base/team.h"
#include "terminal.h"

namespace saltus {

// Declares --threads.
void add_threads_option(CLI::App& command, int& threads);

// Declares --device.
void add_device_option(CLI::App& command, std::string& device);

// A Job that Ctrl-C stops and whose progress `display` shows; also sets LibTorch's threads. Error
// when there is no such device.
Job make_job(int threads, ProgressDisplay& display, const std::string& device = "cpu");

// What joins a job to the processes that were launched with this one: only the first of them shows
// progress. The result must outlive the job.
std::shared_ptr<Team> join_team(Job& job);

// `asked`: options, as users know them, and what each was set to. Says which of those that ask for
// bf16 are computed in float32 (product_type of network/device.h).
void note_products(const std::vector<std::pair<std::string, std::string>>& asked, const Job& job);

// After a job: kInterrupted, having said how to go on, when Ctrl-C stopped it; otherwise 0.
int finish_job(const Job& job, const std::string& how_to_continue);

}  // namespace saltus
