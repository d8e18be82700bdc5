// How `--help` writes options: the name, what kind of value, the default; no more.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace saltus {

class HelpFormat : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
};

}  // namespace saltus
