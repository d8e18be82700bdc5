// saltus completion: what a shell needs to complete command lines, from the options themselves.
#include <map>
#include <memory>
#include <sstream>

#include "command.h"
#include "configuration.h"

namespace saltus {
namespace {

// What may follow a command.
struct CompletedCommand {
  std::string path;                            // "saltus zoo build"
  std::string help;                            // its first line
  std::vector<std::string> words;              // commands, options and "key="
  std::map<std::string, std::string> choices;  // "--method" -> "ddim ddpm dpm"
  std::map<std::string, std::string> helps;    // of options
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// CLI11 keeps the values of IsMember in the name of the option's type: "TEXT:{ddim,ddpm,dpm}".
std::string choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  std::string values = type.substr(begin + 1, end - begin - 1);
  std::ranges::replace(values, ',', ' ');
  return values;
}

std::vector<std::string> keys_of(const std::string& path) {
  static const std::map<std::string, Part> kParts = {{"saltus zoo build", Part::population},
                                                     {"saltus train", Part::training},
                                                     {"saltus evaluate", Part::evaluation}};
  const auto part = kParts.find(path);
  return part == kParts.end() ? std::vector<std::string>{}
                              : Configuration().options(part->second).keys();
}

void collect(const CLI::App& app, const std::string& path,
             std::vector<CompletedCommand>& commands) {
  CompletedCommand command{.path = path, .help = first_line(app.get_description())};
  for (const CLI::App* sub : app.get_subcommands(nullptr)) command.words.push_back(sub->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      command.words.push_back("--" + name);
      command.helps["--" + name] = first_line(option->get_description());
      const std::string choices = choices_of(*option);
      if (!choices.empty()) command.choices["--" + name] = choices;
    }
  }
  for (const std::string& key : keys_of(path)) command.words.push_back(key + "=");
  commands.push_back(std::move(command));
  for (const CLI::App* sub : app.get_subcommands(nullptr)) {
    collect(*sub, path + " " + sub->get_name(), commands);
  }
}

constexpr const char* kBashHead = R"(# Completes saltus; made by: saltus completion bash
_saltus() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command=saltus words='' word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
)";

constexpr const char* kBashTail = R"(  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o bashdefault -o default -F _saltus saltus
)";

std::string bash_script(const std::vector<CompletedCommand>& commands) {
  std::string paths, words, choices;
  for (const CompletedCommand& command : commands) {
    if (command.path != "saltus") paths += (paths.empty() ? "'" : " | '") + command.path + "'";
    words += fmt::format("    '{}') words='{}' ;;\n", command.path, fmt::join(command.words, " "));
    for (const auto& [option, values] : command.choices) {
      choices += fmt::format("    '{} {}') words='{}' ;;\n", command.path, option, values);
    }
  }
  return std::string(kBashHead) + "      " + paths + ") command=\"$command $word\" ;;\n" +
         "    esac\n  done\n  case \"$command\" in\n" + words +
         "  esac\n  case \"$command $previous\" in\n" + choices + kBashTail;
}

std::string fish_quoted(std::string text) {
  for (size_t at = 0; (at = text.find_first_of("'\\", at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return "'" + text + "'";
}

std::string fish_script(const std::vector<CompletedCommand>& commands) {
  std::string script = "# Completes saltus; made by: saltus completion fish\n";
  for (const CompletedCommand& command : commands) {
    std::istringstream path(command.path);
    std::string condition, word;
    path >> word;  // saltus itself
    while (path >> word) {
      condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    }
    if (condition.empty()) condition = "__fish_use_subcommand";
    const std::string start = fmt::format("complete -c saltus -n '{}'", condition);
    for (const std::string& each : command.words) {
      if (!each.starts_with("--")) {
        script += fmt::format("{} -a {}\n", start, fish_quoted(each));
        continue;
      }
      script +=
          fmt::format("{} -l {} -d {}", start, each.substr(2), fish_quoted(command.helps.at(each)));
      const auto choices = command.choices.find(each);
      if (choices != command.choices.end()) script += fmt::format(" -x -a '{}'", choices->second);
      script += "\n";
    }
  }
  return script;
}

int print_completion(const CLI::App& app, const std::string& shell) {
  std::vector<CompletedCommand> commands;
  collect(app, "saltus", commands);
  if (shell == "fish") {
    fmt::print("{}", fish_script(commands));
    return 0;
  }
  if (shell == "zsh") fmt::print("autoload -U +X bashcompinit && bashcompinit\n");
  fmt::print("{}", bash_script(commands));
  return 0;
}

}  // namespace

void add_completion_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "completion", "Prints a script by which a shell completes commands, options and keys.");
  const auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Examples:\n"
      "  source <(saltus completion bash)          in ~/.bashrc or ~/.zshrc (with zsh)\n"
      "  saltus completion fish > ~/.config/fish/completions/saltus.fish\n");
  command->callback(
      [&app, &action, shell] { action = [&app, shell] { return print_completion(app, *shell); }; });
}

}  // namespace saltus
