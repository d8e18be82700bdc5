#include "configuration.h"

#include <algorithm>
#include <array>

namespace saltus {
namespace {

constexpr std::array kParts = {Part::population, Part::training, Part::evaluation};

std::string_view command_of(Part part) {
  switch (part) {
    case Part::population:
      return "saltus zoo build";
    case Part::training:
      return "saltus train";
    case Part::evaluation:
      return "saltus evaluate";
  }
  return "";
}

void declare(Configuration& configuration, Part part, Options& options) {
  switch (part) {
    case Part::population:
      return configuration.population.declare(options);
    case Part::training:
      return configuration.training.declare(options);
    case Part::evaluation:
      return configuration.evaluation.declare(options);
  }
}

}  // namespace

Options Configuration::options(Part part) {
  Options options;
  declare(*this, part, options);
  return options;
}

void Configuration::read(Part part, const std::filesystem::path& yaml,
                         const std::vector<std::string>& overrides) {
  if (!yaml.empty()) {
    Options all;
    for (const Part each : kParts) declare(*this, each, all);
    all.load_yaml(yaml);
  }
  Options own = options(part);
  for (const std::string& override : overrides) {
    const std::string key = override.substr(0, override.find('='));
    for (const Part other : kParts) {
      if (other == part || !std::ranges::count(options(other).keys(), key)) continue;
      throw UsageError(fmt::format("{}: option {} belongs to {}; leave it out here",
                                   command_of(part), key, command_of(other)));
    }
    try {
      own.assign(override);
    } catch (const Error& error) {
      throw UsageError(
          fmt::format("{}: {}; see {} --help", command_of(part), error.what(), command_of(part)));
    }
  }
}

void add_configuration(CLI::App& command, Part part, ConfigurationSource& source,
                       const std::string& examples) {
  command.add_option("--config", source.yaml, "YAML file of options; shared by all commands")
      ->check(CLI::ExistingFile);
  command.add_option("settings", source.overrides,
                     "key=value ...: options, over those of --config");
  command.footer("");  // instead of the parent's
  command.footer([part, examples] {
    Configuration defaults;
    return fmt::format("Examples:\n{}\nOptions as key=value, with their defaults:\n{}", examples,
                       defaults.options(part).help());
  });
}

}  // namespace saltus
