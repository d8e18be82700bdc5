// The commands of `saltus zoo` that bring other programs' checkpoints in and networks out.
#pragma once

#include "command.h"

namespace saltus {

void add_zoo_import(CLI::App& zoo, Action& action);
void add_zoo_export(CLI::App& zoo, Action& action);

}  // namespace saltus
