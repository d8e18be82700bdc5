#include "saltus/formats/restricted_pickle.h"

#include "saltus/formats/format_files_test.h"

namespace saltus {
namespace {

using namespace std::string_literals;

// Decoded values point into the text, so both are kept.
struct Decoded {
  explicit Decoded(std::string bytes)
      : text(std::move(bytes)), pickle(std::as_bytes(std::span(text)), "a test") {}
  std::string text;
  Pickle pickle;
};

std::string pickle_complaint(const std::string& text) {
  return testing::message_of<Error>([&] { const Decoded decoded(text); });
}

void expect_refused(const std::string& text, const std::string& part) {
  const std::string complaint = pickle_complaint(text);
  EXPECT_NE(complaint.find(part), std::string::npos) << complaint;
}

TEST(RestrictedPickle, RefusesUnknownGlobalsByName) {
  // What pickles that run a command look like, in protocols 2 and 4.
  expect_refused(
      "\x80\x02"
      "cposix\nsystem\nX\x02\0\0\0ls\x85R."s,
      "posix.system");
  expect_refused(
      "\x80\x04\x8c\x08"
      "builtins\x8c\x04"
      "eval\x93\x8c\x03"
      "1+1\x85R."s,
      "builtins.eval");
  expect_refused(
      "\x80\x02"
      "cmymodule\nMyClass\n)\x81."s,
      "mymodule.MyClass");
}

TEST(RestrictedPickle, RefusesOpcodesThatMakeObjects) {
  expect_refused("\x80\x02i"s, "0x69 (INST");
  expect_refused(
      "\x80\x02"
      "ccollections\nOrderedDict\n)\x81."s,
      "0x81 (NEWOBJ");
  expect_refused("\x80\x06."s, "a protocol above 5");
}

TEST(RestrictedPickle, ReadsPlainValues) {
  const Decoded d(
      "\x80\x02]q\0(K\x07M\x01\x01J\xfe\xff\xff\xff\x8a\x01\x80G\x3f\xf8\0\0\0\0\0\0Ne."s);
  const auto& items = std::get<PickleSequence>(d.pickle.root().data).items;
  ASSERT_EQ(items.size(), 6u);
  EXPECT_EQ(*d.pickle.get_if<int64_t>(items[0]), 7);
  EXPECT_EQ(*d.pickle.get_if<int64_t>(items[1]), 257);
  EXPECT_EQ(*d.pickle.get_if<int64_t>(items[2]), -2);
  EXPECT_EQ(*d.pickle.get_if<int64_t>(items[3]), -128);
  EXPECT_EQ(*d.pickle.get_if<double>(items[4]), 1.5);
}

TEST(RestrictedPickle, ReadsProtocol4) {
  // Framed, with short texts and memos without numbers.
  const Decoded d(
      "\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94\x8c\x01"
      "a\x94K\x05sh\x01\x86."s);
  const auto& items = std::get<PickleSequence>(d.pickle.root().data).items;
  EXPECT_EQ(*d.pickle.get_if<std::string_view>(items[1]), "a");
  EXPECT_EQ(d.pickle.get_if<PickleDictionary>(items[0])->items.size(), 1u);
}

TEST(RestrictedPickle, SurvivesDamage) {
  for (const std::string& text :
       {""s, "."s, "\x80\x02R."s, "\x80\x02t."s, "\x80\x02h\x05."s, "\x80\x02X\xff\xff\xff\x7f"s,
        "\x80\x02}K\x01u."s, "\x80\x02(a."s, "\x80\x02q\0."s, "\x80\x02(s."s,
        "\x80\x02"
        "ccollections\nOrderedDict"s}) {
    EXPECT_NE(pickle_complaint(text), "");
  }
}

TEST(RestrictedPickle, RefusesMemoBombs) {
  // A memo whose number alone would take 16 GB.
  expect_refused("\x80\x02K\x01r\xff\xff\xff\xff."s, "memo numbered 4294967295");
  // One long text of the memo, encoded again and again.
  std::string bomb =
      "\x80\x02"
      "c_codecs\nencode\nq\x01X\0\x10\0\0"s +
      std::string(4096, 'x') + "q\x02X\x06\0\0\0latin1q\x03"s;
  for (int i = 0; i < 100; ++i) bomb += "h\x01h\x02h\x03\x86R"s;
  expect_refused(bomb + ".", "again and again");
}

TEST(RestrictedPickle, BoundsDepthAndNumberOfValues) {
  expect_refused("\x80\x02"s + std::string(2000, '('), "nested more than 1000 deep");
  expect_refused("\x80\x02"s + std::string(Pickle::kMostValues + 1, 'N'),
                 "more than 2000000 values");
}

TEST(RestrictedPickle, BoundsTheAxesOfATensor) {
  std::string shape = "(";
  for (int i = 0; i < 100; ++i) shape += "K\x01";
  shape += "t";
  expect_refused(
      "\x80\x02"
      "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
      "X\x01\0\0\0"
      "0X\x03\0\0\0cpuK\x01tQK\0"s +
          shape + ")tR.",
      "a tensor of 100 axes");
}

}  // namespace
}  // namespace saltus
