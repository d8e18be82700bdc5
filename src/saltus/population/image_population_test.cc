#include "saltus/population/image_population.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/network/device.h"
#include "saltus/population/small_images_test.h"
#include "tests/support/same_bytes.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

// Lots of three short runs; run 4 starts at NaN when asked for.
ImagePopulation small_population(std::shared_ptr<const Architecture> architecture,
                                 bool broken = false) {
  ImagePopulation population;
  population.task = "small";
  population.architecture = architecture;
  population.training = testing::small_images();
  population.metrics = {{.name = "sum"}, {.name = "first"}};
  population.start = [architecture, broken](int64_t run) {
    const at::Tensor all = testing::small_starts(*architecture, run + 1);
    std::vector<float> start(all[run].const_data_ptr<float>(),
                             all[run].const_data_ptr<float>() + all.size(1));
    if (broken && run == 4) start[0] = NAN;
    return start;
  };
  const auto parameters = static_cast<size_t>(architecture->layout().parameters());
  population.evaluate = [parameters](std::span<const float> thetas, std::span<float> out) {
    for (size_t k = 0; k < out.size() / 2; ++k) {
      const auto theta = thetas.subspan(k * parameters, parameters);
      out[2 * k] = 0;
      for (const float x : theta) out[2 * k] += x;
      out[2 * k + 1] = theta[0];
    }
  };
  population.supervised.batch = 16;
  population.supervised.epochs = 2;
  population.supervised.warmup = 3;
  population.supervised.lot = 3;
  population.supervised.augmentation = "flip_crop";
  population.kept = {0, 1, 5, 8};
  population.configuration = {{"seed", 0}};
  return population;
}

Job job_with(int threads, const std::atomic<bool>* stop = nullptr) {
  Job job;
  job.threads = threads;
  job.stop = stop;
  return job;
}

std::vector<std::shared_ptr<const Architecture>> both_kinds() {
  return {testing::small_classifier(), std::make_shared<testing::ForeignClassifier>()};
}

constexpr ZooPlan kElevenRuns{.runs = 11, .first_run = 0, .runs_per_shard = 4};

TEST(ImagePopulation, ARunIsAFunctionOfItsId) {
  for (const auto& architecture : both_kinds()) {
    const testing::TemporaryFolder folder;
    const auto trainer = image_trainer(small_population(architecture));
    EXPECT_EQ(trainer->lot_size(), 3);
    build_zoo(*trainer, kElevenRuns, folder.path() / "zoo", job_with(2));
    const Zoo zoo(folder.path() / "zoo");
    ASSERT_TRUE(zoo.complete());
    ASSERT_EQ(zoo.runs(), 11);
    for (const int64_t run : {0, 4, 10}) {
      const TrainedRuns alone = trainer->train(run, 1, {});
      ASSERT_EQ(alone.runs.size(), 1u);
      std::vector<float> stored(static_cast<size_t>(zoo.parameters()));
      for (int64_t c = 0; c < 4; ++c) {
        zoo.read(run, c, stored);
        EXPECT_TRUE(std::equal(stored.begin(), stored.end(),
                               alone.runs[0].parameters.begin() + c * zoo.parameters()))
            << "run " << run << ", checkpoint " << c;
        EXPECT_EQ(zoo.metric(run, c, 1), stored[0]);
      }
      EXPECT_EQ(zoo.iterations(run)[2], 5);
    }
  }
}

TEST(ImagePopulation, BytesDependOnNeitherThreadsNorInterruption) {
  for (const auto& architecture : both_kinds()) {
    const testing::TemporaryFolder folder;
    const auto trainer = image_trainer(small_population(architecture));
    build_zoo(*trainer, kElevenRuns, folder.path() / "one", job_with(1));
    build_zoo(*trainer, kElevenRuns, folder.path() / "three", job_with(3));
    EXPECT_TRUE(testing::same_files(folder.path() / "one", folder.path() / "three"));

    // Stopped after two lots, six runs: one shard of four is kept, and lot 1 is begun again inside.
    std::atomic<bool> stop = false;
    Job job = job_with(1, &stop);
    job.progress = [&](const Progress& progress) { stop = progress.done >= 6; };
    build_zoo(*trainer, kElevenRuns, folder.path() / "parts", job);
    EXPECT_EQ(Zoo(folder.path() / "parts").runs(), 4);
    build_zoo(*trainer, kElevenRuns, folder.path() / "parts", job_with(2));
    EXPECT_TRUE(testing::same_files(folder.path() / "one", folder.path() / "parts"));
  }
}

TEST(ImagePopulation, TellsHowFarALotIs) {
  const testing::TemporaryFolder folder;
  Job job = job_with(1);
  std::vector<int64_t> done;
  std::vector<double> work_rates;
  job.progress = [&](const Progress& progress) {
    EXPECT_EQ(progress.unit, "runs");
    EXPECT_EQ(progress.total, 11);
    done.push_back(progress.done);
    work_rates.push_back(progress.figures.back().second);
  };
  build_zoo(*image_trainer(small_population(testing::small_classifier())), kElevenRuns,
            folder.path(), job);
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(done.front(), 0);
  EXPECT_EQ(done.back(), 11);
  // Of eight iterations, after the first report: a run of three is two and two thirds of them.
  const std::vector<int64_t> first_lot(done.begin() + 1, done.begin() + 10);
  EXPECT_EQ(first_lot, (std::vector<int64_t>{0, 0, 1, 1, 1, 2, 2, 2, 3}));
  EXPECT_GT(work_rates[1], 0);
}

TEST(ImagePopulation, ADivergedRunIsDroppedAlone) {
  const testing::TemporaryFolder folder;
  build_zoo(*image_trainer(small_population(testing::small_classifier())), kElevenRuns,
            folder.path() / "sound", job_with(1));
  build_zoo(*image_trainer(small_population(testing::small_classifier(), true)), kElevenRuns,
            folder.path() / "broken", job_with(1));
  const Zoo sound(folder.path() / "sound"), broken(folder.path() / "broken");
  EXPECT_EQ(broken.dropped(), 1);
  ASSERT_EQ(broken.runs(), 10);
  EXPECT_EQ(broken.run_id(4), 5);
  EXPECT_EQ(broken.metric(4, 3), sound.metric(5, 3));  // of the same lot
}

TEST(ImagePopulation, DescribesItsZoo) {
  const auto architecture = testing::small_classifier();
  const ZooDescription description = image_trainer(small_population(architecture))->description();
  EXPECT_EQ(description.task, "small");
  EXPECT_EQ(description.checkpoints, 4);
  EXPECT_EQ(description.metrics.size(), 2u);
  EXPECT_EQ(description.layout, architecture->layout());
  EXPECT_EQ(description.made_by.at("configuration"), Json({{"seed", 0}}));
}

// Such a zoo is continued and merged only where convolutions are computed in the same type.
TEST(ImagePopulation, RecordsThatConvolutionsAreOfAnotherTypeThanAskedFor) {
  ImagePopulation population = small_population(testing::small_classifier());
  const auto recorded = [&] {
    return image_trainer(population)->description().made_by.at("arithmetic").get<std::string>();
  };
  const std::string plain = recorded();
  population.supervised.convolutions = "bf16";
  EXPECT_EQ(recorded(), computes_wider("bf16", at::kCPU) ? plain + ", bf16 as f32" : plain);
}

TEST(ImagePopulation, RefusesWhatDoesNotFitTheImages) {
  ImagePopulation population = small_population(testing::small_classifier());
  population.kept = {0, 9};
  EXPECT_THROW(image_trainer(population), Error);
  population.kept = {0, 8};
  population.supervised.batch = 71;
  EXPECT_THROW(image_trainer(population), Error);
}

}  // namespace
}  // namespace saltus
