#include "saltus/generator/official_checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "saltus/base/error.h"

namespace saltus {
namespace {

std::string fixture() {
  return read_file(SALTUS_SOURCE_DIR "/tests/golden/cartpole_tiny_0500_numpy1.pt");
}

fs::path written(const std::string& bytes) {
  // A file of each test's own: tests may run side by side.
  const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
  const fs::path path = fs::path(testing::TempDir()) / ("saltus_" + test + ".pt");
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// What reading everything in a file throws; "" when nothing.
std::string complaint(const std::string& bytes) {
  try {
    const OfficialCheckpoint model(written(bytes));
    model.state_dict("G");
    model.state_dict("G_ema");
    if (model.has_optimiser()) model.moments();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(OfficialCheckpoint, ReadsTheFixtureUnchanged) { EXPECT_EQ(complaint(fixture()), ""); }

TEST(OfficialCheckpoint, NeverReadsOtherNumbersFromADamagedFile) {
  const std::string good = fixture();
  const StateDict expected = OfficialCheckpoint(written(good)).state_dict("G_ema");
  int refused = 0, tried = 0;
  for (size_t place = 40; place < good.size(); place += good.size() / 120, ++tried) {
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ 0x10);
    if (!complaint(bad).empty()) {
      ++refused;
      continue;
    }
    // Padding and dates say nothing: then all numbers must be the same.
    const StateDict found = OfficialCheckpoint(written(bad)).state_dict("G_ema");
    ASSERT_EQ(found.size(), expected.size()) << "byte " << place;
    for (size_t i = 0; i < found.size(); ++i)
      EXPECT_TRUE(at::equal(found[i].second, expected[i].second)) << "byte " << place;
  }
  EXPECT_GT(refused, tried / 2);
}

TEST(OfficialCheckpoint, NoticesTruncation) {
  const std::string good = fixture();
  for (const size_t size : {size_t{0}, size_t{10}, good.size() / 2, good.size() - 1})
    EXPECT_NE(complaint(good.substr(0, size)), "") << size;
}

TEST(OfficialCheckpoint, ListsWeightsThatDoNotFit) {
  const OfficialCheckpoint model(written(fixture()));
  PaperConfig config;
  config.transformer.heads = 2;
  const std::vector<int64_t> other_network{1, 128, 32, 1024, 32, 31, 1};
  try {
    denoiser_from_state_dict(model.state_dict("G"), config, other_network);
    FAIL() << "a network of another shape was accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("input_parameter_projections.5.0.weight"),
              std::string::npos)
        << error.what();
  }
}

// The published settings, told by the sizes of weights alone.
TEST(OfficialCheckpoint, TellsTokensFromWeights) {
  const std::vector<std::vector<int64_t>> networks = {
      {7840, 10, 100, 10}, {1, 128, 32, 1024, 32, 32, 1}, {432, 4608, 320, 10}};
  for (const std::vector<int64_t>& network : networks) {
    for (const ChunkTokens& tokens :
         {ChunkTokens{"layer_by_layer", 1000}, ChunkTokens{"chunk_within_layer", 1000},
          ChunkTokens{"chunk", 700}}) {
      StateDict state = {{"scalar_embedder.frequencies", at::zeros({128})}};
      const std::vector<int64_t> sizes = token_sizes(tokens, network, 4, 257).in;
      for (size_t i = 0; i < sizes.size(); ++i) {
        state.emplace_back(fmt::format("decoder.input_parameter_projections.{}.0.weight", i),
                           at::zeros({4, sizes[i]}));
      }
      const std::vector<ChunkTokens> found = tokens_of_state_dict(state, network);
      ASSERT_FALSE(found.empty()) << tokens.policy;
      EXPECT_EQ(token_sizes(found.front(), network, 4, 257).in, sizes);
      EXPECT_TRUE(tokens_of_state_dict(state, {3, 3}).empty());
    }
  }
}

}  // namespace
}  // namespace saltus
