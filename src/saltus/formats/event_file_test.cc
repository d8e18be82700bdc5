#include "saltus/formats/event_file.h"

#include <gtest/gtest.h>

#include "saltus/base/error.h"
#include "saltus/base/file.h"
#include "tests/support/temporary.h"

namespace saltus {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

TEST(EventFile, ChecksumsAreCastagnolis) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);  // the check value of the polynomial's catalogue
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);  // RFC 3720, appendix B.4
}

// What TensorBoard itself reads is tests/cli/tensorboard_events.py's.
TEST(EventFile, AppendsWholeRecordsAndReplacesEarlierFiles) {
  const TemporaryFolder folder;
  const fs::path stale = folder.path() / "events.out.tfevents.5.saltus";
  const fs::path foreign = folder.path() / "events.out.tfevents.5.other";
  write_file(stale, "old");
  write_file(foreign, "someone's");
  EventFile file(folder.path(), 1000);
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_TRUE(fs::exists(foreign));
  const auto header = fs::file_size(file.path());
  file.add(1001, 300, {{"validation/loss", 0.25}});
  // 12 bytes before an event and 4 after; it has a time (9), a step (3) and a summary (2 + 2 + 17 +
  // 5).
  EXPECT_EQ(fs::file_size(file.path()) - header, 12 + 9 + 3 + 26 + 4);
  const std::string bytes = read_file(file.path());
  EXPECT_NE(bytes.find("brain.Event:2"), std::string::npos);
  EXPECT_NE(bytes.find("validation/loss"), std::string::npos);
}

TEST(EventFile, AFolderThatCannotBeWrittenToIsAnError) {
  const std::string message = message_of<Error>([] { EventFile("/no/such/folder", 0); });
  EXPECT_NE(message.find("/no/such/folder/events"), std::string::npos) << message;
}

}  // namespace
}  // namespace saltus
