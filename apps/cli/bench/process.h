// Runs another program to its end.
#pragma once

#include <string>
#include <vector>

namespace saltus {

struct EndedProcess {
  std::string output;  // what it wrote to standard output
  int status = 0;      // as waitpid gives it; 0: all went well
};

enum class Errors { shown, hidden };  // what becomes of its standard error

// The first word is the program, found as a shell finds it. Error when it cannot be started.
EndedProcess run_process(const std::vector<std::string>& command, Errors errors);

}  // namespace saltus
