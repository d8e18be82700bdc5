// The commands of `saltus`, one file each, and what they share.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "saltus/base/error.h"

namespace saltus {

// The command line itself is wrong: exit code 2 instead of Error's 1.
class UsageError : public Error {
 public:
  using Error::Error;
};

// What the parsed command line asks for; returns the exit code.
using Action = std::function<int()>;

// Each declares its command under `app`; parsing it sets `action`.
void add_zoo_command(CLI::App& app, Action& action);
void add_train_command(CLI::App& app, Action& action);
void add_import_model_command(CLI::App& app, Action& action);
void add_update_command(CLI::App& app, Action& action);
void add_evaluate_command(CLI::App& app, Action& action);
void add_serve_command(CLI::App& app, Action& action);
void add_watch_command(CLI::App& app, Action& action);
void add_bench_command(CLI::App& app, Action& action);
void add_report_command(CLI::App& app, Action& action);
void add_completion_command(CLI::App& app, Action& action);
void add_version_command(CLI::App& app, Action& action);

// Before parsing: the first command or long option in `arguments` that `app` does not have is a
// UsageError with the nearest name. (CLI11 knows neither the nearest name nor where it was.)
void check_names(const CLI::App& app, const std::vector<std::string>& arguments);

// Makes the output folder; Error when that fails or it is a file.
void make_folder(const std::filesystem::path& folder);

}  // namespace saltus
