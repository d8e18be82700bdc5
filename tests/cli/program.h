// Runs the built `saltus` and says what it did; folders that vanish.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace saltus::testing {

namespace fs = std::filesystem;

struct ProgramResult {
  int code = 0;  // exit code; 128 + signal when killed by one
  std::string out, err;
};

// `saltus arguments...`, to its end. Standard error is no terminal.
ProgramResult run_saltus(const std::vector<std::string>& arguments);

// A `saltus` that runs beside the test.
class RunningProgram {
 public:
  explicit RunningProgram(const std::vector<std::string>& arguments,
                          const fs::path& program = SALTUS_PROGRAM);
  ~RunningProgram();  // kills it, should it still run
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  // Waits until `condition` holds; false when the program ended before, or after 60 s.
  bool wait_until(const std::function<bool()>& condition);
  std::string output() const;  // what it printed so far
  void signal(int number) const;
  std::vector<pid_t> children() const;  // processes that it started itself
  ProgramResult wait();

 private:
  bool ended();

  pid_t process_ = -1;
  bool reaped_ = false;
  int status_ = 0;
  std::string out_, err_;  // files that the program writes to
};

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }
  // The path of `name` inside, as an argument.
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string slurp(const fs::path& file);
void spill(const fs::path& file, const std::string& bytes);

// Relative path -> bytes of every file below `folder`.
std::map<std::string, std::string> folder_contents(const fs::path& folder);

}  // namespace saltus::testing
