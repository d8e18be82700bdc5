#include "bench/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "saltus/base/error.h"

namespace saltus {

EndedProcess run_process(const std::vector<std::string>& command, Errors errors) {
  std::array<int, 2> ends = {};
  check(pipe(ends.data()) == 0, "a pipe");
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  if (errors == Errors::hidden) {
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  pid_t process = 0;
  const int code = posix_spawnp(&process, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  EndedProcess ended;
  std::array<char, 4096> part = {};
  for (ssize_t got = 0; code == 0 && (got = read(ends[0], part.data(), part.size())) > 0;) {
    ended.output.append(part.data(), static_cast<size_t>(got));
  }
  close(ends[0]);
  if (code != 0) fail("bench: cannot start {}: {}", command[0], std::strerror(code));
  waitpid(process, &ended.status, 0);
  return ended;
}

}  // namespace saltus
