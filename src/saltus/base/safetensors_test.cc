#include "saltus/base/safetensors.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "saltus/base/error.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

const std::vector<uint8_t> kOdd = {1, 2, 3};
const std::vector<float> kFloats = {0.5f, -1.0f, 2.0f, 3.0f, 4.0f, 5.0f};
const std::vector<int64_t> kIntegers = {-7, int64_t{1} << 40};

std::string sample() {
  return encode_safetensors({{"odd", Dtype::U8, {3}, bytes_of(kOdd)},
                             {"floats", Dtype::F32, {2, 3}, bytes_of(kFloats)},
                             {"integers", Dtype::I64, {2}, bytes_of(kIntegers)},
                             {"none", Dtype::F32, {0, 4}, {}},
                             {"scalar", Dtype::F32, {}, bytes_of(kFloats).first(4)}},
                            {{"config", "{\"seed\": 1}"}});
}

// A file with the given header and `data` zero bytes of data.
std::string forge(std::string header, size_t data) {
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size() & 0xff);
  file[1] = static_cast<char>(header.size() >> 8);
  return file + header + std::string(data, '\0');
}

class Safetensors : public ::testing::Test {
 protected:
  SafetensorsFile open(std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
    return SafetensorsFile(path);
  }
  std::string error_of(std::string_view content) {
    return message_of<Error>([&] { open(content); });
  }
  TemporaryFolder folder;
  fs::path path = folder.path() / "x.safetensors";
};

TEST_F(Safetensors, ReadsWhatItWrote) {
  const SafetensorsFile file = open(sample());
  EXPECT_EQ(file.metadata().at("config"), "{\"seed\": 1}");
  EXPECT_EQ(file.tensors().size(), 5u);
  EXPECT_EQ(file.at("floats").shape, (std::vector<int64_t>{2, 3}));
  EXPECT_TRUE(std::ranges::equal(file.at("floats").as<float>(), kFloats));
  EXPECT_TRUE(std::ranges::equal(file.at("integers").as<int64_t>(), kIntegers));
  EXPECT_TRUE(std::ranges::equal(file.at("odd").as<uint8_t>(), kOdd));
  EXPECT_EQ(file.at("none").elements(), 0);
  EXPECT_EQ(file.at("scalar").as<float>()[0], 0.5f);
  EXPECT_EQ(file.find("nothing"), nullptr);
}

TEST_F(Safetensors, EqualArgumentsGiveEqualBytes) { EXPECT_EQ(sample(), sample()); }

TEST_F(Safetensors, NamesWhatExistsAndWhatWasExpected) {
  const SafetensorsFile file = open(sample());
  const std::string missing = message_of<Error>([&] { file.at("weights"); });
  EXPECT_NE(missing.find("'weights', found integers, "), std::string::npos) << missing;
  const std::string type = message_of<Error>([&] { file.at("floats").as<double>(); });
  EXPECT_EQ(type, "tensor 'floats': expected F64, found F32");
}

TEST_F(Safetensors, EveryTruncationIsAnError) {
  const std::string whole = sample();
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_NE(error_of(whole.substr(0, size)), "") << size << " of " << whole.size() << " bytes";
  }
  EXPECT_NE(error_of(whole + "x").find("bytes of tensor data"), std::string::npos);
}

TEST_F(Safetensors, RefusesForgedHeaders) {
  const auto tensor = [](const char* name, const char* dtype, const char* shape,
                         const char* offsets) {
    return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":{}}})", name, dtype, shape,
                       offsets);
  };
  const auto file = [](const std::string& entries) { return forge("{" + entries + "}", 8); };
  const std::string good = tensor("a", "F32", "[2]", "[0,8]");
  EXPECT_EQ(error_of(file(good)), "");

  const std::pair<std::string, const char*> forged[] = {
      {std::string(8, '\xff') + "{}", "header length"},
      {forge("{\"a\":", 8), "valid JSON"},
      {forge("[1,2]", 8), "expected an object"},
      {file(R"("a":5)"), "expected an object with key 'dtype'"},
      {file(R"("a":{"dtype":"F32","shape":[2]})"), "'data_offsets'"},
      {file(good + "," + tensor("a", "F32", "[0]", "[8,8]")), "twice"},
      {file(tensor("a", "F31", "[2]", "[0,8]")), "found 'F31'"},
      {file(tensor("a", "F32", "[3]", "[0,8]")), "does not fit"},
      {file(tensor("a", "F32", "[-2]", "[0,8]")), "integers >= 0"},
      {file(tensor("a", "F32", "[2.0]", "[0,8]")), "integers >= 0"},
      {file(tensor("a", "F32", "[9223372036854775807,9]", "[0,8]")), "does not fit"},
      {file(tensor("a", "F32", "[3]", "[0,12]")), "within 8 bytes"},
      {file(tensor("a", "F32", "[2]", "[8,0]")), "within 8 bytes"},
      {file(tensor("a", "F32", "[2]", "[0,8,8]")), "[begin, end]"},
      {file(tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("b", "F32", "[2]", "[0,8]")),
       "a gap or an overlap"},
      {file(tensor("a", "F32", "[1]", "[4,8]")), "a gap or an overlap"},
      {file(tensor("a", "F32", "[1]", "[0,4]")), "bytes of tensor data"},
      {file(good + R"(,"__metadata__":{"a":1})"), "expected a string"},
  };
  for (const auto& [content, expected] : forged) {
    const std::string message = error_of(content);
    EXPECT_NE(message.find(expected), std::string::npos) << expected << " not in: " << message;
    EXPECT_NE(message.find(path.string()), std::string::npos) << message;
  }
}

TEST_F(Safetensors, MisalignedDataIsAnErrorOnUse) {
  const SafetensorsFile file =
      open(forge(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                 R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                 5));
  const std::string message = message_of<Error>([&] { file.at("b").as<float>(); });
  EXPECT_NE(message.find("aligned"), std::string::npos) << message;
}

TEST_F(Safetensors, PythonReadsIt) {
  const std::string python = SALTUS_SOURCE_DIR "/.venv/bin/python";
  if (!fs::exists(python)) GTEST_SKIP() << "no " << python;
  open(sample());
  const std::string script =
      "import sys, numpy\n"
      "from safetensors.numpy import load_file\n"
      "t = load_file(sys.argv[1])\n"
      "assert t['floats'].tolist() == [[0.5, -1, 2], [3, 4, 5]], t\n"
      "assert t['integers'].tolist() == [-7, 2**40], t\n"
      "assert t['odd'].tolist() == [1, 2, 3] and t['none'].shape == (0, 4), t\n";
  write_file(folder.path() / "read.py", script);
  const std::string command =
      fmt::format("'{}' '{}' '{}'", python, (folder.path() / "read.py").string(), path.string());
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace saltus
