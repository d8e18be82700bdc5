#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "saltus/base/error.h"
#include "saltus/zoo/verify.h"
#include "saltus/zoo/zoo.h"
#include "tests/support/small_zoo.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;
using testing::small_description;
using testing::small_run;
using testing::TemporaryFolder;
using testing::write_small_zoo;

// Every file of a folder with its content.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[entry.path().lexically_relative(folder).string()] = read_file(entry.path());
    }
  }
  return files;
}

TEST(ZooWriter, ContinuesToTheSameBytes) {
  const TemporaryFolder whole, parts;
  const ZooDescription d = small_description();
  write_small_zoo(whole.path(), 21, 8);
  EXPECT_EQ(contents(whole.path()).size(), 4u);
  for (int64_t stop : {0, 3, 8, 15, 21}) {
    ZooWriter writer(parts.path(), d, 21, 8);
    EXPECT_EQ(writer.next_run() % 8, 0);
    for (int64_t id = writer.next_run(); id < stop; ++id) writer.append(small_run(id, d));
    // The writer is destroyed here with an open shard, as by Ctrl-C.
  }
  EXPECT_EQ(Zoo(parts.path()).runs(), 21);
  EXPECT_FALSE(Zoo(parts.path()).complete());
  write_small_zoo(parts.path(), 21, 8);
  EXPECT_EQ(contents(parts.path()), contents(whole.path()));
}

TEST(ZooWriter, KilledChildLosesNothingListed) {
  const TemporaryFolder whole, killed;
  const ZooDescription d = small_description(Dtype::BF16, 60);
  const int64_t runs = 160, runs_per_shard = 4;
  write_small_zoo(whole.path(), runs, runs_per_shard, d);
  int64_t reached = 0;
  // Each child is killed a little later, wherever it happens to be: encoding, writing, renaming.
  for (int milliseconds = 5; milliseconds < 400 && reached < runs; milliseconds += 25) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ZooWriter writer(killed.path(), d, runs, runs_per_shard);
      for (int64_t id = writer.next_run(); id < runs; ++id) writer.append(small_run(id, d));
      for (;;) pause();
    }
    usleep(static_cast<useconds_t>(milliseconds) * 1000);
    ASSERT_EQ(kill(child, SIGKILL), 0);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    if (!fs::exists(killed.path() / "zoo.json")) continue;
    const Zoo zoo(killed.path());  // opens after every kill
    EXPECT_GE(zoo.runs(), reached);
    reached = zoo.runs();
  }
  EXPECT_GT(reached, 0);
  // What a kill between write and rename leaves behind must go.
  write_file(killed.path() / "shards/00099.safetensors.tmp", "half a shard");
  write_file(killed.path() / "zoo.json.tmp", "{");
  write_small_zoo(killed.path(), runs, runs_per_shard, d);
  EXPECT_EQ(contents(killed.path()), contents(whole.path()));
}

TEST(ZooWriter, RefusesToContinueAnotherZoo) {
  const TemporaryFolder folder;
  write_small_zoo(folder.path(), 10, 4);
  const auto before = contents(folder.path());
  const auto error = [&](const ZooDescription& d, int64_t runs = 10, int64_t per_shard = 4) {
    return message_of<Error>([&] { ZooWriter writer(folder.path(), d, runs, per_shard); });
  };
  EXPECT_EQ(error(small_description()), "");

  ZooDescription d = small_description();
  d.task = "cartpole";
  EXPECT_NE(error(d).find("task: expected \"cartpole\", found \"toy\""), std::string::npos);
  d = small_description();
  d.made_by["config"]["rate"] = 0.2;
  EXPECT_NE(error(d).find("made_by.config.rate: expected 0.2, found 0.1"), std::string::npos)
      << error(d);
  const auto actor = make_mlp(cartpole_actor());
  d = small_description();
  d.layout = actor->layout();
  d.symmetry = actor->symmetry();
  EXPECT_NE(error(d).find("layout: expected "), std::string::npos) << error(d);
  EXPECT_NE(error(small_description(Dtype::BF16)).find("dtype: expected \"BF16\""),
            std::string::npos);
  EXPECT_NE(error(small_description(), 11).find("planned_runs: expected 11, found 10"),
            std::string::npos);
  EXPECT_NE(error(small_description(), 10, 5).find("runs_per_shard"), std::string::npos);
  EXPECT_EQ(contents(folder.path()), before);
}

TEST(ZooWriter, RefusesAFolderOfSomethingElse) {
  const TemporaryFolder folder;
  write_file(folder.path() / "thesis.tex", "years of work");
  const std::string message =
      message_of<Error>([&] { ZooWriter writer(folder.path(), small_description(), 4, 4); });
  EXPECT_NE(message.find("found thesis.tex"), std::string::npos) << message;
  EXPECT_EQ(contents(folder.path()).size(), 1u);
}

TEST(ZooWriter, RefusesToContinueOverADamagedShard) {
  const TemporaryFolder folder;
  const ZooDescription d = small_description();
  {
    ZooWriter writer(folder.path(), d, 12, 4);
    for (int64_t id = 0; id < 8; ++id) writer.append(small_run(id, d));
  }
  fs::resize_file(folder.path() / "shards/00001.safetensors", 100);
  EXPECT_NE(message_of<Error>([&] {
              ZooWriter writer(folder.path(), d, 12, 4);
            }).find("00001.safetensors: size: expected"),
            std::string::npos);
}

// A real full disk: a tiny file system of its own, which only root can mount.
TEST(ZooWriter, FullDiskIsAnErrorAndDamagesNothing) {
  const TemporaryFolder folder;
  if (geteuid() != 0) GTEST_SKIP() << "mounting a small tmpfs needs root";
  if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=256k") != 0) {
    GTEST_SKIP() << "cannot mount a tmpfs here: " << std::strerror(errno);
  }
  const ZooDescription d = small_description();
  const fs::path zoo_folder = folder.path() / "zoo";
  const int64_t runs = 10'000;
  const auto fill = [&] {
    ZooWriter writer(zoo_folder, d, runs, 64);
    for (int64_t id = writer.next_run(); id < runs; ++id) writer.append(small_run(id, d));
  };
  const std::string message = message_of<Error>(fill);
  EXPECT_NE(message.find("No space left on device"), std::string::npos) << message;
  EXPECT_NE(message.find(zoo_folder.string()), std::string::npos) << message;
  {
    const Zoo zoo(zoo_folder);
    EXPECT_GE(zoo.runs(), 64);
    EXPECT_EQ(zoo.runs() % 64, 0);
  }
  for (const auto& [name, content] : contents(zoo_folder)) {
    EXPECT_FALSE(name.ends_with(".tmp")) << name;
  }
  const auto problems = verify_zoo(zoo_folder, {});
  ASSERT_EQ(problems.size(), 1u) << problems.front();
  EXPECT_NE(problems[0].find("continue the build"), std::string::npos) << problems[0];
  EXPECT_NE(message_of<Error>(fill), "");  // still full, still an error, still sound
  EXPECT_EQ(umount2(folder.path().c_str(), MNT_DETACH), 0);
}

}  // namespace
}  // namespace saltus
