#include "start_networks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "program.h"
#include "saltus/base/error.h"

namespace saltus {
namespace {

using testing::TemporaryFolder;

const Layout kLayout({{.name = "log_std", .shape = {1}}, {.name = "fc.weight", .shape = {2, 3}}});
const std::vector<float> kTheta = {-0.5f, 1, 2, 3, 4, 5, 6};

std::string message_of(const std::string& file) {
  try {
    read_network(file, kLayout);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(StartNetworks, ReadsBackWhatItWrites) {
  const TemporaryFolder folder;
  write_network(folder / "a.safetensors", kLayout, kTheta, {{"prompt", "return=5"}});
  EXPECT_EQ(read_network(folder / "a.safetensors", kLayout), kTheta);
  EXPECT_EQ(SafetensorsFile(folder / "a.safetensors").metadata().at("prompt"), "return=5");
}

TEST(StartNetworks, ListsEveryMismatchAtOnce) {
  const TemporaryFolder folder;
  const Layout other({{.name = "fc.weight", .shape = {2, 2}}, {.name = "extra", .shape = {3}}});
  write_network(folder / "b.safetensors", other, kTheta, {});
  const std::string message = message_of(folder / "b.safetensors");
  EXPECT_NE(message.find("b.safetensors"), std::string::npos) << message;
  EXPECT_NE(message.find("missing tensor log_std [1]"), std::string::npos) << message;
  EXPECT_NE(message.find("tensor fc.weight: expected shape [2, 3], found [2, 2]"),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("unexpected tensor extra [3]"), std::string::npos) << message;
}

TEST(StartNetworks, RefusesValuesThatAreNotFinite) {
  const TemporaryFolder folder;
  std::vector<float> theta = kTheta;
  theta[3] = std::nanf("");
  write_network(folder / "c.safetensors", kLayout, theta, {});
  EXPECT_NE(message_of(folder / "c.safetensors").find("fc.weight: expected finite"),
            std::string::npos);
}

TEST(StartNetworks, DrawsInitialNetworksByIndex) {
  const auto task = make_task("cartpole");
  const auto three = read_starts({"init:seed=3,scheme=orthogonal,count=3"},
                                 task->architecture().layout(), task.get());
  const auto last = read_starts({"init:seed=3,first=2"}, task->architecture().layout(), task.get());
  ASSERT_EQ(three.size(), 3u);
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(three[2].theta, last[0].theta);
  EXPECT_NE(three[0].theta, three[1].theta);
  EXPECT_EQ(three[2].name, last[0].name);
}

TEST(StartNetworks, NormalStartsOfAnyScale) {
  const auto task = make_task("cartpole");
  const auto starts =
      read_starts({"init:seed=3,scheme=normal:0.07"}, task->architecture().layout(), task.get());
  EXPECT_EQ(starts.at(0).name, "normal-0.07-seed3-0");  // no colon: it names files
  EXPECT_EQ(starts[0].theta, task->fresh_network("normal:0.07", 3, 0));
}

TEST(StartNetworks, InitSpecificationsAreChecked) {
  const auto task = make_task("cartpole");
  for (const char* wrong : {"init:sede=3", "init:scheme=orthogonul", "init:scheme=normal:x",
                            "init:count=0", "init:3"}) {
    EXPECT_THROW(read_starts({wrong}, task->architecture().layout(), task.get()), Error) << wrong;
  }
  EXPECT_THROW(
      read_starts({"init:seed=3", "init:seed=3"}, task->architecture().layout(), task.get()), Error)
      << "one name twice";
}

}  // namespace
}  // namespace saltus
