#include "card_option.h"

namespace saltus {

void add_license_option(CLI::App& command, std::string& license) {
  command
      .add_option("--license", license,
                  "named on the card (README.md) left beside the result, as in apache-2.0")
      ->default_str("unknown");
}

}  // namespace saltus
