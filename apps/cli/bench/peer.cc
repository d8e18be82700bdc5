#include "bench/peer.h"

#include <sys/wait.h>

#include "bench/process.h"
#include "saltus/base/error.h"
#include "saltus/base/json.h"

namespace saltus {
Measured run_peer(const fs::path& python, const fs::path& script, const std::string& variant,
                  int threads, bool brief) {
  std::vector<std::string> command = {python.string(), script.string(), "--variant",
                                      variant,         "--threads",     fmt::format("{}", threads)};
  if (brief) command.emplace_back("--brief");
  EndedProcess ended = run_process(command, Errors::shown);
  const std::string where = fmt::format("{} --variant {}", script.string(), variant);
  while (!ended.output.empty() && ended.output.back() == '\n') ended.output.pop_back();
  const std::string line = ended.output.substr(ended.output.rfind('\n') + 1);
  if (ended.status != 0 || line.empty() || line.front() != '{') {
    const bool exited = WIFEXITED(ended.status);
    fail("bench: {}: expected a line of JSON, found '{}', {} {}; what it printed stands above",
         where, line, exited ? "exit code" : "signal",
         exited ? WEXITSTATUS(ended.status) : WTERMSIG(ended.status));
  }
  const Json json = parse_json(line, where);
  return {json_get<double>(json, "work", where), json_get<double>(json, "seconds", where),
          json_get<double>(json, "score", where)};
}

}  // namespace saltus
