#include "card_option.h"

#include "saltus/workflow/cards.h"
#include "saltus/workflow/model_files.h"

namespace saltus {

void add_license_option(CLI::App& command, std::string& license) {
  command
      .add_option("--license", license,
                  "named on the card (README.md) left beside the result, as in apache-2.0")
      ->default_str("unknown");
}

void leave_zoo_card(const std::filesystem::path& folder, const std::string& license) {
  if (!std::filesystem::exists(folder / "zoo.json")) return;
  const Zoo zoo(folder);
  if (zoo.complete()) write_card(folder, zoo_card(zoo, license));
}

void leave_generator_card(const std::filesystem::path& folder, const std::string& license) {
  write_card(folder, generator_card(Generator::load(model_file(folder)), license));
}

}  // namespace saltus
