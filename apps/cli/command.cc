#include "command.h"

#include <algorithm>

#include "saltus/base/options.h"

namespace saltus {
namespace {

namespace fs = std::filesystem;

std::string nearest_hint(const std::string& word, const std::vector<std::string>& names) {
  const std::string nearest = nearest_name(word, names);
  return nearest.empty() ? "" : fmt::format("did you mean {}? ", nearest);
}

void check_command(const CLI::App& app, const std::string& path, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  if (std::ranges::find(names, word) != names.end()) return;
  throw UsageError(fmt::format("{}: no command '{}'; {}see {} --help", path, word,
                               nearest_hint(word, names), path));
}

void check_option(const CLI::App& app, const std::string& path, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  if (std::ranges::find(names, word) != names.end()) return;
  throw UsageError(fmt::format("{}: no option {}; {}see {} --help", path, word,
                               nearest_hint(word, names), path));
}

}  // namespace

void check_names(const CLI::App& app, const std::vector<std::string>& arguments) {
  const CLI::App* current = &app;
  std::string path = app.get_name();
  for (const std::string& argument : arguments) {
    if (argument == "--") return;
    if (argument.starts_with("--")) {
      check_option(*current, path, argument.substr(0, argument.find('=')));
    } else if (!argument.starts_with("-") && !current->get_subcommands(nullptr).empty()) {
      check_command(*current, path, argument);
      current = current->get_subcommand(argument);
      path += " " + argument;
    }
  }
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    fail("{}: cannot make the output folder: {}", folder.string(),
         error ? error.message() : "a file of that name exists");
  }
}

}  // namespace saltus
