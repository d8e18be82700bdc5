// `saltus serve` as a user runs it: it says where it is, answers, and ends when told to.
#include <gtest/gtest.h>

#include <csignal>

#include "program.h"
#include "saltus/http/raw_client_test.h"

namespace saltus::testing {
namespace {

const std::string kModel = SALTUS_SOURCE_DIR "/tests/models/cartpole";

int port_of(RunningProgram& program) {
  const auto said = [&] { return program.output().find('\n') != std::string::npos; };
  if (!program.wait_until(said)) throw std::runtime_error(program.wait().err);
  const std::string line = program.output();
  EXPECT_TRUE(line.starts_with("saltus: serving on http://127.0.0.1:")) << line;
  return std::stoi(line.substr(line.rfind(':') + 1));
}

std::string get(int port, const std::string& path) {
  return RawClient(port).ask(
      "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 10000);
}

TEST(Serve, AnswersUntilItIsToldToEnd) {
  RunningProgram program({"serve", kModel, "--zoo", kModel + "/zoo", "--port", "0"});
  const int port = port_of(program);
  EXPECT_EQ(status_of(get(port, "/healthz")), 200);
  EXPECT_NE(get(port, "/v1/models").find("\"id\":\"cartpole\""), std::string::npos);
  const std::string body =
      R"({"model":"cartpole","starts":[{"scheme":"orthogonal","seed":3}],"prompt":{"return":495}})";
  const std::string answer = RawClient(port).ask(
      fmt::format("POST /v1/updates HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                  "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                  body.size(), body),
      10000);
  EXPECT_EQ(status_of(answer), 200) << answer;
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().code, 0);
}

TEST(Serve, WatchesFoldersWithoutAGenerator) {
  RunningProgram program({"watch", kModel + "/zoo", "--port", "0"});
  EXPECT_NE(get(port_of(program), "/v1/jobs").find("\"kind\":\"zoo\""), std::string::npos);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().code, 0);
}

TEST(Serve, IsReachedFromElsewhereOnlyWithAToken) {
  const ProgramResult result = run_saltus({"serve", kModel, "--host", "0.0.0.0", "--port", "0"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("--token"), std::string::npos);
}

TEST(Serve, WantsSomethingToServe) {
  EXPECT_EQ(run_saltus({"serve"}).code, 2);
  const ProgramResult missing = run_saltus({"serve", "nothing/here", "--port", "0"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find("nothing/here"), std::string::npos);
}

}  // namespace
}  // namespace saltus::testing
