// TensorBoard's event files: scalars by step, appended as they come, so that `tensorboard --logdir`
// shows them while a job runs.
//
// A record is its length, that number's masked CRC-32C, the bytes of a protocol buffer (`Event` of
// TensorFlow's event.proto) and their masked CRC-32C.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace saltus {

struct EventScalar {
  std::string tag;  // what is before a '/' groups the charts
  double value = 0;
};

class EventFile {
 public:
  // Begins FOLDER/events.out.tfevents.SECONDS.saltus, and tells a TensorBoard that is watching to
  // forget what it has read: files that earlier calls left are deleted. Times are in seconds since
  // 1970. Error (path, reason) when it cannot be written.
  EventFile(const std::filesystem::path& folder, double now);
  void add(double time, int64_t step, const std::vector<EventScalar>& scalars);

  const std::filesystem::path& path() const { return path_; }

 private:
  void append(std::string_view event);

  std::filesystem::path path_;
  std::ofstream file_;
};

// CRC-32C (Castagnoli) of bytes.
uint32_t crc32c(std::string_view bytes);

}  // namespace saltus
