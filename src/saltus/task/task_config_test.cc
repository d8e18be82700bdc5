#include "saltus/task/task_config.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <optional>

#include "saltus/base/error.h"
#include "saltus/network/convnet.h"
#include "saltus/task/image_files_test.h"
#include "saltus/task/image_task.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::TemporaryFolder;

std::string why_not(const std::function<void()>& call) { return testing::message_of<Error>(call); }

void expect_words(const std::string& message, std::initializer_list<const char*> parts) {
  for (const char* part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' in: " << message;
  }
}

// Sets SALTUS_DATA, or unsets it for nullptr, and puts it back.
class DataVariable {
 public:
  explicit DataVariable(const char* value) {
    if (const char* now = std::getenv("SALTUS_DATA")) before_ = now;
    set(value);
  }
  ~DataVariable() { set(before_ ? before_->c_str() : nullptr); }

 private:
  static void set(const char* value) {
    if (value == nullptr) {
      unsetenv("SALTUS_DATA");
    } else {
      setenv("SALTUS_DATA", value, 1);
    }
  }
  std::optional<std::string> before_;
};

void write_cifar_folder(const fs::path& folder, int64_t classes) {
  fs::create_directories(folder);
  testing::write_bytes(folder / "data_batch_1.bin", testing::cifar_records(40, classes, 1));
  testing::write_bytes(folder / "test_batch.bin", testing::cifar_records(20, classes, 2));
}

TEST(TaskConfig, DeclaresNetworksOnAnyImages) {
  const TemporaryFolder folder;
  const std::string idx = (folder.path() / "idx").string();
  const std::string cifar = (folder.path() / "cifar").string();
  testing::write_idx_folder(idx);
  write_cifar_folder(cifar, 10);
  const auto network = [](const std::string& task, const std::string& data,
                          const std::vector<std::string>& options) {
    TaskConfig config;
    Options all;
    config.declare(all);
    all.assign("population.task=" + task);
    all.assign("task.data=" + data);
    for (const std::string& option : options) all.assign(option);
    return make_task(config)->architecture().to_json();
  };
  EXPECT_EQ(network("cifar10", cifar, {}), make_convnet(cifar10_convnet())->to_json());
  EXPECT_EQ(network("mnist", idx, {"architecture.hidden=[32,16]", "architecture.activation=tanh"}),
            make_mlp({.sizes = {48, 32, 16, 5},
                      .activation = Activation::tanh,
                      .layer_names = {"fc1", "fc2", "fc3"}})
                ->to_json());
  EXPECT_EQ(network("mnist", idx, {"architecture.channels=[3,4]", "architecture.strides=[1,2]"}),
            make_convnet({.input = {1, 8, 6},
                          .channels = {3, 4},
                          .strides = {1, 2},
                          .classes = 5,
                          .layer_names = {"conv1", "conv2", "fc"}})
                ->to_json());
  EXPECT_EQ(network("cifar10", cifar, {"architecture.hidden=[7]"}),
            make_mlp({.sizes = {3072, 7, 10}, .layer_names = {"fc1", "fc2"}})->to_json());

  expect_words(why_not([&] {
                 network("mnist", idx, {"architecture.hidden=[3]", "architecture.channels=[3]"});
               }),
               {"found both", "architecture.hidden or architecture.channels"});
  expect_words(why_not([&] { network("mnist", idx, {"architecture.strides=[3]"}); }),
               {"architecture.strides", "expected none for an MLP"});
  expect_words(why_not([&] { network("cifar10", cifar, {"architecture.strides=[2,1,1]"}); }),
               {"architecture.strides: expected 2 strides", "[16, 32]", "found [2, 1, 1]"});
  expect_words(why_not([&] { network("cartpole", "", {"architecture.hidden=[8]"}); }),
               {"task cartpole", "architecture.*"});
  expect_words(why_not([&] { network("cartpole", idx, {}); }),
               {"task cartpole: expected no data folder"});
}

TEST(TaskConfig, WhatAZooRecordsNamesNoFolder) {
  TaskConfig config{.task = "mnist", .data = "somewhere"};
  Options options;
  config.declare_networks(options);
  EXPECT_EQ(options.to_json().dump().find("somewhere"), std::string::npos);
  Options all;
  config.declare(all);
  EXPECT_NE(all.to_json().dump().find("somewhere"), std::string::npos);
}

TEST(MakeTaskFor, WantsDataOfTheRecordedShape) {
  const TemporaryFolder folder;
  const std::string idx = (folder.path() / "idx").string();
  testing::write_idx_folder(idx);
  const auto remade = [&](const Json& architecture) {
    return make_task_for("mnist", idx, architecture)->architecture().to_json();
  };
  const Json own = make_mlp({.sizes = {48, 9, 5}, .layer_names = {"a", "b"}})->to_json();
  EXPECT_EQ(remade(own), own);
  expect_words(why_not([&] { remade(make_mlp(mnist_mlp())->to_json()); }),
               {"task mnist", idx.c_str(), "images of 784 numbers", "found 1 x 8 x 6"});
  expect_words(why_not([&] { remade(make_convnet(cifar10_convnet())->to_json()); }),
               {"images of 3 x 32 x 32", "found 1 x 8 x 6"});
  expect_words(why_not([&] {
                 remade(make_mlp({.sizes = {48, 9, 10}, .layer_names = {"a", "b"}})->to_json());
               }),
               {"labels of 10 classes", "found 5"});
  EXPECT_EQ(make_task_for("cartpole", "", make_mlp(cartpole_actor())->to_json())->name(),
            "cartpole");
  expect_words(why_not([&] { make_task_for("cartpole", "", own); }),
               {"task cartpole: expected networks of 1250 parameters in 7 tensors"});
}

TEST(DataFolder, IsGivenOrFoundByTheEnvironment) {
  const TemporaryFolder folder;
  {
    const DataVariable none(nullptr);
    expect_words(why_not([] { make_task("mnist"); }),
                 {"task mnist", "train-images-idx3-ubyte", "--data DIR", "SALTUS_DATA"});
  }
  const DataVariable set(folder.path().c_str());
  expect_words(why_not([] { make_task("cifar10"); }),
               {"data_batch_1.bin", (folder.path() / "cifar10").c_str(), "from SALTUS_DATA"});
  testing::write_idx_folder(folder.path() / "mnist");
  EXPECT_EQ(make_task("mnist")->architecture().outputs(), 5);
  const std::string wrong = (folder.path() / "nowhere").string();
  expect_words(why_not([&] { make_task(TaskConfig{.task = "mnist", .data = wrong}); }),
               {"task mnist", wrong.c_str(), "nothing there"});
}

// On the real sets, where $SALTUS_DATA has them.
std::shared_ptr<const ImageTask> real_task(const char* name) {
  const char* root = std::getenv("SALTUS_DATA");
  if (root == nullptr || !fs::is_directory(fs::path(root) / name)) return nullptr;
  return std::dynamic_pointer_cast<const ImageTask>(make_task(name));
}

int64_t label_sum(const ImageTask& task) {
  return task.training().labels.sum().item<int64_t>() +
         task.validation().labels.sum().item<int64_t>();
}

TEST(RealImages, Mnist) {
  const auto task = real_task("mnist");
  if (!task) GTEST_SKIP() << "no mnist/ in $SALTUS_DATA";
  EXPECT_EQ(task->training().size(), 55000);
  EXPECT_EQ(task->validation().size(), 5000);
  EXPECT_EQ(task->test().size(), 10000);
  EXPECT_EQ(task->architecture().to_json(), make_mlp(mnist_mlp())->to_json());
  EXPECT_EQ(label_sum(*task), 267236);  // as Python's gzip reads them
  EXPECT_EQ(
      task->test().labels.slice(0, 0, 8).equal(at::tensor({7, 2, 1, 0, 4, 1, 4, 9}, at::kLong)),
      true);
  const std::vector<float> zero(7960);
  std::vector<float> out(4);
  task->evaluate(zero, {}, {}, out);
  EXPECT_NEAR(out[0], std::log(10), 1e-6);
  EXPECT_NEAR(out[2], std::log(10), 1e-6);
  EXPECT_FLOAT_EQ(out[3], 90.2f);  // 980 of the 10,000 test images are zeros
}

TEST(RealImages, Cifar10) {
  const auto task = real_task("cifar10");
  if (!task) GTEST_SKIP() << "no cifar10/ in $SALTUS_DATA";
  EXPECT_EQ(task->training().size(), 45000);
  EXPECT_EQ(task->validation().size(), 5000);
  EXPECT_EQ(task->test().size(), 10000);
  EXPECT_EQ(task->architecture().to_json(), make_convnet(cifar10_convnet())->to_json());
  EXPECT_EQ(label_sum(*task), 45 * 5000);  // every class has 5,000
  // The constants are the training pixels' mean and deviation.
  const at::Tensor inputs =
      network_inputs(task->training(), task->training().pixels.slice(0, 0, 4000))
          .view({4000, 3, 1024});
  EXPECT_LT(inputs.mean({0, 2}).abs().max().item<double>(), 0.05);
  EXPECT_NEAR(inputs.std().item<double>(), 1, 0.02);
  const std::vector<float> zero(5370);
  std::vector<float> out(4);
  task->evaluate(zero, {}, {}, out);
  EXPECT_NEAR(out[0], std::log(10), 1e-6);
  EXPECT_FLOAT_EQ(out[3], 90);
}

}  // namespace
}  // namespace saltus
