#include "program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace saltus::testing {
namespace {

std::string temporary_name(const std::string& what) {
  std::string name = (fs::temp_directory_path() / ("saltus-" + what + "-XXXXXX")).string();
  return name;
}

std::string temporary_file() {
  std::string name = temporary_name("output");
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) throw std::runtime_error("no temporary file " + name);
  close(descriptor);
  return name;
}

void redirect(const char* file, int descriptor) {
  const int opened = open(file, O_WRONLY | O_TRUNC);
  if (opened < 0 || dup2(opened, descriptor) < 0) _exit(126);
  close(opened);
}

}  // namespace

RunningProgram::RunningProgram(const std::vector<std::string>& arguments, const fs::path& program)
    : out_(temporary_file()), err_(temporary_file()) {
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("fork failed");
  if (process_ == 0) {
    redirect(out_.c_str(), STDOUT_FILENO);
    redirect(err_.c_str(), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
}

RunningProgram::~RunningProgram() {
  if (!ended()) {
    kill(process_, SIGKILL);
    waitpid(process_, &status_, 0);
  }
  fs::remove(out_);
  fs::remove(err_);
}

bool RunningProgram::ended() {
  if (!reaped_) reaped_ = waitpid(process_, &status_, WNOHANG) == process_;
  return reaped_;
}

bool RunningProgram::wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (ended() || std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return !ended();
}

std::string RunningProgram::output() const { return slurp(out_); }

void RunningProgram::signal(int number) const {
  if (!reaped_) kill(process_, number);  // the number of a reaped process may be another's
}

std::vector<pid_t> RunningProgram::children() const {
  std::ifstream list("/proc/" + std::to_string(process_) + "/task/" + std::to_string(process_) +
                     "/children");
  std::vector<pid_t> found;
  for (pid_t child = 0; list >> child;) found.push_back(child);
  return found;
}

ProgramResult RunningProgram::wait() {
  if (!reaped_) {
    waitpid(process_, &status_, 0);
    reaped_ = true;
  }
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  return {code, slurp(out_), slurp(err_)};
}

ProgramResult run_saltus(const std::vector<std::string>& arguments) {
  return RunningProgram(arguments).wait();
}

TemporaryFolder::TemporaryFolder() {
  std::string name = temporary_name("test");
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string slurp(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

void spill(const fs::path& file, const std::string& bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream << bytes;
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::map<std::string, std::string> folder_contents(const fs::path& folder) {
  std::map<std::string, std::string> contents;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    contents[fs::relative(entry.path(), folder).string()] = slurp(entry.path());
  }
  return contents;
}

}  // namespace saltus::testing
