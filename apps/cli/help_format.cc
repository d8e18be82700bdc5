#include "help_format.h"

namespace saltus {

std::string HelpFormat::make_option_name(const CLI::Option* option, bool is_positional) const {
  std::string name = CLI::Formatter::make_option_name(option, is_positional);
  // A flag that unsets is written --no-x{false}.
  const std::string unset = "{false}";
  if (const size_t place = name.find(unset); place != std::string::npos) {
    name.erase(place, unset.size());
  }
  return name;
}

std::string HelpFormat::make_option_opts(const CLI::Option* option) const {
  std::string text;
  if (option->get_type_size() != 0) {
    // "INT:INT in [1 - 9]" says more than a reader wants: errors tell the range.
    const std::string type = option->get_type_name();
    text += " " + type.substr(0, type.find(':'));
  }
  if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
  if (option->get_required()) text += " (required)";
  return text;
}

}  // namespace saltus
