#include "bench/peer.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"

namespace saltus {
namespace {

struct Output {
  std::string text;
  int status = 0;
};

// Standard output of a command, and how it ended; its standard error is ours.
Output run(const std::vector<std::string>& command) {
  std::array<int, 2> ends = {};
  check(pipe(ends.data()) == 0, "a pipe");
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  pid_t process = 0;
  const int code = posix_spawnp(&process, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Output output;
  std::array<char, 4096> part = {};
  for (ssize_t got = 0; code == 0 && (got = read(ends[0], part.data(), part.size())) > 0;) {
    output.text.append(part.data(), static_cast<size_t>(got));
  }
  close(ends[0]);
  if (code != 0) fail("bench: cannot start {}: {}", command[0], std::strerror(code));
  waitpid(process, &output.status, 0);
  return output;
}

}  // namespace

Measured run_peer(const fs::path& python, const fs::path& script, const std::string& variant,
                  int threads, bool brief) {
  std::vector<std::string> command = {python.string(), script.string(), "--variant",
                                      variant,         "--threads",     fmt::format("{}", threads)};
  if (brief) command.emplace_back("--brief");
  Output output = run(command);
  const std::string where = fmt::format("{} --variant {}", script.string(), variant);
  while (!output.text.empty() && output.text.back() == '\n') output.text.pop_back();
  const std::string line = output.text.substr(output.text.rfind('\n') + 1);
  if (output.status != 0 || line.empty() || line.front() != '{') {
    const bool exited = WIFEXITED(output.status);
    fail("bench: {}: expected a line of JSON, found '{}', {} {}; what it printed stands above",
         where, line, exited ? "exit code" : "signal",
         exited ? WEXITSTATUS(output.status) : WTERMSIG(output.status));
  }
  const Json json = parse_json(line, where);
  return {json_get<double>(json, "work", where), json_get<double>(json, "seconds", where),
          json_get<double>(json, "score", where)};
}

}  // namespace saltus
