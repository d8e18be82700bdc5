// What the tests of this layer share: fixtures, files of their own, complaints.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "saltus/formats/checkpoint_file.h"
#include "tests/support/golden.h"
#include "tests/support/temporary.h"

namespace saltus::testing {

inline std::string format_fixture(const std::string& name) {
  return read_file(golden_path("formats/" + name));
}

// Element i of every tensor in the fixtures.
inline double fixture_value(size_t i) { return static_cast<double>(i * 7 % 32) / 8 - 2; }

// Without write_file's care for what a crash leaves: thousands of files would wait for the disk.
inline void spill_file(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Reads bytes as a checkpoint file; "" or what the reader says against it.
inline std::string complaint_about(const std::string& bytes, std::string_view key = {}) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "file";
  spill_file(path, bytes);
  return message_of<Error>([&] {
    const StoredCheckpoint checkpoint = read_checkpoint(path, key);
    for (const StridedTensor& tensor : checkpoint.tensors) {
      std::vector<std::byte> values(static_cast<size_t>(tensor.elements()) *
                                    dtype_size(tensor.dtype));
      copy_elements(tensor, values.data());
    }
  });
}

inline void expect_complaint(const std::string& bytes, const std::string& part) {
  const std::string complaint = complaint_about(bytes);
  EXPECT_NE(complaint.find(part), std::string::npos) << complaint;
}

// Damage of all kinds never crashes a reader.
inline void expect_survives_damage(const std::string& good) {
  ASSERT_EQ(complaint_about(good), "");
  for (size_t size = 0; size < good.size(); size += std::max<size_t>(1, good.size() / 60)) {
    EXPECT_NE(complaint_about(good.substr(0, size)), "") << "truncated to " << size;
  }
  for (size_t place = 0; place < good.size(); place += std::max<size_t>(1, good.size() / 400)) {
    for (const unsigned char mask : {0x01, 0x80, 0xff}) {
      std::string bad = good;
      bad[place] = static_cast<char>(static_cast<unsigned char>(bad[place]) ^ mask);
      complaint_about(bad);  // of what is no damage there may be none
    }
  }
}

}  // namespace saltus::testing
