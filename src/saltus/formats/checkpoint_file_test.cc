#include "saltus/formats/checkpoint_file.h"

#include "saltus/formats/format_files_test.h"
#include "saltus/formats/numbers.h"
#include "saltus/formats/torch_archive.h"
#include "saltus/formats/zip_writer.h"

namespace saltus {
namespace {

using namespace std::string_literals;
using testing::complaint_about;
using testing::expect_complaint;
using testing::fixture_value;
using testing::format_fixture;

StoredCheckpoint read_fixture(const std::string& name, std::string_view key = {}) {
  return read_checkpoint(testing::golden_path("formats/" + name), key);
}

// A file of torch.save around a pickle that a test has put together; storage "0" holds 8 bytes.
std::string torch_file(const std::string& pickle) {
  ZipWriter zip;
  zip.add("x/data.pkl", pickle);
  zip.add("x/data/0", std::string_view("\0\0\x80\x3f\0\0\0\x40", 8));
  return zip.finish();
}

// The opcodes of a tensor over storage "0" with shape and strides of these opcodes.
std::string tensor_opcodes(const std::string& shape, const std::string& strides,
                           const std::string& offset = "K\0"s) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
         "X\x01\0\0\0"
         "0X\x03\0\0\0cpuK\x02tQ"s +
         offset + shape + strides + "\x89"s + "}tR";
}
std::string one_tensor(const std::string& shape, const std::string& strides,
                       const std::string& offset = "K\0"s) {
  return torch_file("\x80\x02}X\x01\0\0\0w"s + tensor_opcodes(shape, strides, offset) + "s.");
}

void expect_fixture_values(const StoredCheckpoint& checkpoint, const std::string& name,
                           const std::vector<int64_t>& shape, Dtype dtype) {
  const StridedTensor* tensor = checkpoint.find(name);
  ASSERT_NE(tensor, nullptr) << name;
  EXPECT_EQ(tensor->shape, shape) << name;
  EXPECT_EQ(tensor->dtype, dtype) << name;
  const std::vector<double> numbers = numbers_of(*tensor);
  const std::vector<float> floats = floats_of(*tensor);
  for (size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(numbers[i], fixture_value(i)) << name << " " << i;
    EXPECT_EQ(floats[i], static_cast<float>(fixture_value(i))) << name << " " << i;
  }
}

class TorchFixture : public ::testing::TestWithParam<std::string> {};

// Every float type, columns first, views of a shared storage, parameters, numbers without axes.
TEST_P(TorchFixture, GivesEveryTensorExactly) {
  const StoredCheckpoint checkpoint = read_fixture(GetParam());
  EXPECT_EQ(checkpoint.tensors.size(), 10u);
  expect_fixture_values(checkpoint, "f32", {3, 4}, Dtype::F32);
  expect_fixture_values(checkpoint, "f64", {2, 3}, Dtype::F64);
  expect_fixture_values(checkpoint, "f16", {5}, Dtype::F16);
  expect_fixture_values(checkpoint, "bf16", {5}, Dtype::BF16);
  expect_fixture_values(checkpoint, "scalar", {}, Dtype::F32);
  expect_fixture_values(checkpoint, "strided", {3, 4}, Dtype::F32);
  expect_fixture_values(checkpoint, "view", {3, 4}, Dtype::F32);
  expect_fixture_values(checkpoint, "rows", {5, 4}, Dtype::F32);
  expect_fixture_values(checkpoint, "parameter", {2, 2}, Dtype::F32);
  EXPECT_FALSE(checkpoint.find("strided")->is_contiguous());
  EXPECT_EQ(numbers_of(*checkpoint.find("counter")), std::vector<double>{3});
}

INSTANTIATE_TEST_SUITE_P(Files, TorchFixture,
                         ::testing::Values("plain.pt", "nested.pt", "protocol4.pt"));

TEST(TorchFile, FindsTheStateDictAndTheNumbersBesideIt) {
  const StoredCheckpoint checkpoint = read_fixture("nested.pt");
  const std::vector<std::pair<std::string, double>> expected = {
      {"epoch", 7}, {"metrics.loss", 0.25}, {"best", 0.5}};
  EXPECT_EQ(checkpoint.numbers, expected);
  const StoredCheckpoint other = read_fixture("nested.pt", "optimizer.state.0");
  ASSERT_EQ(other.tensors.size(), 1u);
  EXPECT_EQ(other.tensors[0].name, "exp_avg");
  const std::string message =
      testing::message_of<Error>([] { read_fixture("nested.pt", "modle_state_dict"); });
  EXPECT_NE(message.find("epoch, metrics, best, model_state_dict"), std::string::npos) << message;
}

TEST(TorchFile, RefusesByName) {
  expect_complaint(format_fixture("system.pt"), "refused the global 'posix.system'");
  expect_complaint(format_fixture("legacy.pt"), "the older format");
  expect_complaint(format_fixture("script.pt"), "a TorchScript program");
  EXPECT_FALSE(fs::exists("saltus-was-here"));
}

TEST(TorchFile, RefusesShapesBeyondTheirStorage) {
  EXPECT_EQ(complaint_about(one_tensor("K\x02\x85"s, "K\x01\x85"s)), "");
  // 2^40 elements of which all are one: strides of 0.
  const std::string huge = "\x8a\x06\0\0\0\0\0\x01\x85"s;
  expect_complaint(one_tensor(huge, "K\0\x85"s), "by repetition, than the 2 elements");
  expect_complaint(one_tensor(huge, "K\x01\x85"s), "reaches beyond the 2 elements");
  // Products beyond 64 bits.
  const std::string wide = "\x8a\x08\0\0\0\0\0\0\0\x40"s;
  expect_complaint(one_tensor(wide + wide + "\x86", "K\0K\0\x86"s), "more than the 2 elements");
  expect_complaint(one_tensor(wide + wide + "\x86", wide + "K\x01\x86"s), "reaches beyond");
  expect_complaint(one_tensor("K\x02\x85"s, "K\x01\x85"s, "K\x01"s), "reaches beyond");
  expect_complaint(one_tensor("K\x02\x85"s, "K\x01\x85"s, "J\xff\xff\xff\xff"s), "begins before");
  expect_complaint(one_tensor("J\xff\xff\xff\xff\x85"s, "K\x01\x85"s), "sizes and strides >= 0");
  expect_complaint(one_tensor("K\x02\x85"s, ")"), "as many strides as axes");
}

// Eight dictionaries of ten references to the one before: a hundred million entries in some bytes.
TEST(TorchFile, RefusesDictionariesThatMultiply) {
  std::string pickle =
      "\x80\x02}X\x01\0\0\0w"s + tensor_opcodes("K\x02\x85"s, "K\x01\x85"s) + "sq\x01"s;
  for (char level = 1; level <= 8; ++level) {
    pickle += "}";
    for (char name = 'a'; name <= 'j'; ++name) {
      pickle += "X\x01\0\0\0"s + name + "h" + level + "s";
    }
    pickle += "q"s + static_cast<char>(level + 1);
  }
  const std::string message = complaint_about(torch_file(pickle + "."), "b");
  EXPECT_NE(message.find("a bomb, refused"), std::string::npos) << message;
}

// A dictionary that holds itself.
TEST(TorchFile, RefusesCircles) {
  const std::string circle = "\x80\x02}q\x01X\x01\0\0\0w"s +
                             tensor_opcodes("K\x02\x85"s, "K\x01\x85"s) + "sX\x01\0\0\0ah\x01s."s;
  expect_complaint(torch_file(circle), "nested deeper");
}

TEST(Npz, GivesEveryArrayExactly) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const StoredCheckpoint checkpoint = read_fixture(name);
    EXPECT_EQ(checkpoint.tensors.size(), 5u);
    expect_fixture_values(checkpoint, "a", {3, 4}, Dtype::F32);
    expect_fixture_values(checkpoint, "b", {2, 3}, Dtype::F64);
    expect_fixture_values(checkpoint, "c", {5}, Dtype::F16);
    expect_fixture_values(checkpoint, "f", {3, 4}, Dtype::F32);  // columns first
    EXPECT_EQ(checkpoint.numbers, (std::vector<std::pair<std::string, double>>{{"loss", 0.25}}));
  }
  expect_fixture_values(read_fixture("array.npy"), "parameters", {2, 3, 4}, Dtype::F16);
}

TEST(Npy, RefusesObjectsAndForgedHeaders) {
  expect_complaint(format_fixture("objects.npy"), "an array of Python objects");
  const std::string good = format_fixture("array.npy");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    return bytes.replace(bytes.find(from), from.size(), to);
  };
  expect_complaint(with("(2, 3, 4)", "(2, 3, 5)"), "found 48 bytes");
  expect_complaint(with("'<f2'", "'>f2'"), "'>f2'");
  // Shapes of 2^40 elements, and of more than any number holds.
  expect_complaint(with("(2, 3, 4), }          ", "(1099511627776,),}    "), "found 48 bytes");
  expect_complaint(with("(2, 3, 4), }                   ", "(4611686018427387904,4611686018"),
                   "damaged header");
  expect_complaint(with("fortran_order", "fortran_ordre"), "an unknown key");
}

TEST(EveryFormat, SurvivesDamage) {
  for (const char* name :
       {"plain.pt", "nested.pt", "protocol4.pt", "stored.npz", "deflated.npz", "array.npy"}) {
    SCOPED_TRACE(name);
    testing::expect_survives_damage(format_fixture(name));
  }
}

class EveryWriter : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryWriter, IsReadBack) {
  const std::vector<float> a = {1, -2.5f, 3e-8f, 4, 5, 6};
  const std::vector<uint16_t> half = {0x3c00, 0xc000};
  const std::vector<int64_t> count = {7};
  const std::vector<TensorView> tensors = {
      {"layer.weight", Dtype::F32, {2, 3}, std::as_bytes(std::span(a))},
      {"half", Dtype::F16, {2}, std::as_bytes(std::span(half))},
      {"counter", Dtype::I64, {}, std::as_bytes(std::span(count))}};
  const std::string bytes = encode_checkpoint(GetParam(), tensors, {{"loss", "0.5"}});
  EXPECT_EQ(bytes, encode_checkpoint(GetParam(), tensors, {{"loss", "0.5"}}));
  const testing::TemporaryFolder folder;
  write_file(folder.path() / "file", bytes);
  const StoredCheckpoint checkpoint = read_checkpoint(folder.path() / "file");
  ASSERT_EQ(checkpoint.tensors.size(), 3u);
  for (const TensorView& tensor : tensors) {
    const StridedTensor* found = checkpoint.find(tensor.name);
    ASSERT_NE(found, nullptr) << tensor.name;
    EXPECT_EQ(found->dtype, tensor.dtype);
    EXPECT_EQ(found->shape, tensor.shape);
    std::vector<std::byte> values(tensor.bytes.size());
    copy_elements(*found, values.data());
    EXPECT_TRUE(std::ranges::equal(values, tensor.bytes)) << tensor.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryWriter, ::testing::ValuesIn(written_formats()));

TEST(Safetensors, MetadataThatAreNumbersAreNumbers) {
  const std::vector<float> a = {1};
  const testing::TemporaryFolder folder;
  write_file(folder.path() / "f",
             encode_checkpoint("safetensors", {{"a", Dtype::F32, {1}, std::as_bytes(std::span(a))}},
                               {{"loss", "0.5"}, {"note", "0.5 or so"}}));
  EXPECT_EQ(read_checkpoint(folder.path() / "f").numbers,
            (std::vector<std::pair<std::string, double>>{{"loss", 0.5}}));
}

}  // namespace
}  // namespace saltus
