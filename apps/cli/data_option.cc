#include "data_option.h"

#include "terminal.h"

namespace saltus {

void add_data_option(CLI::App& command, std::string& data) {
  command.add_option("--data", data,
                     "folder of an image task's data files; default: $SALTUS_DATA/TASK");
}

void warn_if_incomplete(const Zoo& zoo) {
  if (zoo.complete()) return;
  warn(fmt::format("zoo {} is not complete: {} runs so far; saltus zoo build goes on with it",
                   zoo.folder().string(), zoo.runs()));
}

}  // namespace saltus
