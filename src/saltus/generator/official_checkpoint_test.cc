#include "saltus/generator/official_checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "saltus/base/error.h"

namespace saltus {
namespace {

using namespace std::string_literals;

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

PicklePointer decode(const std::string& text) {
  return decode_pickle(std::as_bytes(std::span(text.data(), text.size())), "a test");
}

std::string pickle_complaint(const std::string& text) {
  try {
    decode(text);
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

TEST(RestrictedPickle, RefusesUnknownGlobalsByName) {
  // What a pickle that runs a command looks like.
  const std::string attack =
      "\x80\x02"
      "cposix\nsystem\nX\x02\0\0\0ls\x85R."s;
  EXPECT_NE(pickle_complaint(attack).find("posix.system"), std::string::npos);
}

TEST(RestrictedPickle, RefusesUnknownOpcodes) {
  EXPECT_NE(pickle_complaint("\x80\x02i"s).find("0x69"), std::string::npos);
  EXPECT_NE(pickle_complaint("\x80\x04."s), "");
}

TEST(RestrictedPickle, ReadsPlainValues) {
  const PicklePointer value =
      decode("\x80\x02]q\0(K\x07M\x01\x01J\xfe\xff\xff\xff\x8a\x01\x80G\x3f\xf8\0\0\0\0\0\0Ne."s);
  const auto& items = std::get<PickleSequence>(value->data).items;
  ASSERT_EQ(items.size(), 6u);
  EXPECT_EQ(std::get<int64_t>(items[0]->data), 7);
  EXPECT_EQ(std::get<int64_t>(items[1]->data), 257);
  EXPECT_EQ(std::get<int64_t>(items[2]->data), -2);
  EXPECT_EQ(std::get<int64_t>(items[3]->data), -128);
  EXPECT_EQ(std::get<double>(items[4]->data), 1.5);
}

TEST(RestrictedPickle, SurvivesDamage) {
  for (const std::string& text : {""s, "."s, "\x80\x02R."s, "\x80\x02t."s, "\x80\x02h\x05."s,
                                  "\x80\x02X\xff\xff\xff\x7f"s, "\x80\x02}K\x01u."s, "\x80\x02(a."s,
                                  "\x80\x02"
                                  "ccollections\nOrderedDict"s})
    EXPECT_THROW(decode(text), Error);
}

}  // namespace
}  // namespace saltus
