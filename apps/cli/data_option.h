// What commands on a zoo say of its data and its state.
#pragma once

#include <string>

#include "command.h"
#include "saltus/zoo/zoo.h"

namespace saltus {

// Declares --data, the folder of an image task's files.
void add_data_option(CLI::App& command, std::string& data);

// Warns when the zoo's build is not complete.
void warn_if_incomplete(const Zoo& zoo);

}  // namespace saltus
