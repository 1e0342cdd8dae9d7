// Opening a log whose files a crash or a disk has changed.
#include "events/recovery.h"

#include <gtest/gtest.h>

#include "events/frame.h"
#include "events/test_support_internal.h"

namespace coterie::events {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

// Three groups: (a), (b, c), (d). Returns the offset behind each event.
std::vector<Offset> write_groups(const std::string& folder) {
  EventLog log = open_log(folder);
  std::vector<Offset> ends;
  append(log, "a", "first");
  ends.push_back(log.end());
  const std::vector<NewEvent> two{{"b", "second"}, {"c", "third"}};
  EXPECT_TRUE(log.append(two).ok());
  ends.push_back(ends[0] + frame_bytes(two[0]));
  ends.push_back(log.end());
  append(log, "d", "fourth");
  ends.push_back(log.end());
  return ends;
}

class Recovery : public testing::Test {
 protected:
  void SetUp() override {
    ends_ = write_groups(folder_.path());
    whole_ = file_bytes(segment());
  }
  std::string segment() const { return segment_path(folder_.path(), 0); }
  size_t at(Offset offset) const { return static_cast<size_t>(kSegmentHeaderBytes + offset); }
  // As after a power failure, when the mark may be old.
  void forget_mark() const { std::filesystem::remove(folder_.path() + "/durable"); }

  TemporaryFolder folder_;
  std::vector<Offset> ends_;
  std::string whole_;
};

TEST_F(Recovery, ATailTornAnywhereIsCutOff) {
  const Events all{{"a", "first"}, {"b", "second"}, {"c", "third"}, {"d", "fourth"}};
  for (size_t length = at(0); length < whole_.size(); ++length) {
    write_bytes(segment(), whole_.substr(0, length));
    forget_mark();
    size_t sound = 0;
    while (sound < ends_.size() && at(ends_[sound]) <= length) ++sound;
    {
      EventLog log = open_log(folder_.path());
      const Offset want = sound == 0 ? 0 : ends_[sound - 1];
      ASSERT_EQ(log.end(), want) << length;
      ASSERT_EQ(log.stats().torn_bytes, static_cast<int64_t>(length - at(want)));
      append(log, "e", "after");
    }
    Events want(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(sound));
    want.emplace_back("e", "after");
    ASSERT_EQ(read_all(folder_.path()), want) << length;
  }
}

TEST_F(Recovery, ZerosOrGarbageBehindTheLastGroupAreCutOff) {
  for (const std::string& tail : {std::string(5000, '\0'), std::string(5000, '\xE5'),
                                  std::string("\xE5\x81\x7E\xC0 not a frame")}) {
    write_bytes(segment(), whole_ + tail);
    forget_mark();
    const EventLog log = open_log(folder_.path());
    EXPECT_EQ(log.end(), ends_.back());
    EXPECT_EQ(log.stats().torn_bytes, static_cast<int64_t>(tail.size()));
  }
}

TEST_F(Recovery, PagesOfTheLastGroupMayArriveOutOfOrder) {
  // The group (b, c) is the last; b's page never reached the disk, c's did.
  std::string bytes = whole_.substr(0, at(ends_[2]));
  bytes.replace(at(ends_[0]), at(ends_[1]) - at(ends_[0]), at(ends_[1]) - at(ends_[0]), '\0');
  write_bytes(segment(), bytes);
  forget_mark();
  open_log(folder_.path());
  EXPECT_EQ(read_all(folder_.path()), (Events{{"a", "first"}}));
}

TEST_F(Recovery, DamageBeforeALaterGroupIsCorrupt) {
  std::string bytes = whole_;
  bytes[at(ends_[0]) + 20] ^= 1;
  write_bytes(segment(), bytes);
  forget_mark();
  const auto log = EventLog::open(folder_.path());
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(log.error().to_text(),
            segment() + ": the event at offset " + std::to_string(ends_[0]) + " (byte " +
                std::to_string(at(ends_[0])) +
                " of the file) is damaged, and it had been acknowledged\n  mend: restore the file "
                "from a backup; to go on without its events, move this file and all earlier "
                "segments away");
  EXPECT_EQ(file_bytes(segment()), bytes);  // nothing was removed
}

TEST_F(Recovery, DamageToTheLastGroupIsCorruptWhereTheMarkKnowsIt) {
  std::string bytes = whole_;
  bytes.back() ^= 1;
  write_bytes(segment(), bytes);
  const auto log = EventLog::open(folder_.path());
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, ErrorCode::kCorrupt);
  auto reader = EventReader::open(folder_.path(), ends_[2]);
  ASSERT_TRUE(reader.ok());
  const auto event = reader->next();
  ASSERT_FALSE(event.ok());
  EXPECT_EQ(event.error().code, ErrorCode::kInvalidInput);  // the reader cannot tell which it is
}

TEST_F(Recovery, AFileThatLostItsEndIsCorruptWhereTheMarkKnowsIt) {
  write_bytes(segment(), whole_.substr(0, at(ends_[1])));
  const auto log = EventLog::open(folder_.path());
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().to_text(),
            segment() + ": the log ends at offset " + std::to_string(ends_[1]) +
                ", but events up to " + std::to_string(ends_[3]) +
                " had been acknowledged\n  mend: restore the folder from a newer backup; to go on "
                "without those events, remove the file 'durable' beside the segments");
}

TEST_F(Recovery, ReadersNameTheDamagedByte) {
  std::string bytes = whole_;
  bytes[at(ends_[0]) + 20] ^= 1;
  write_bytes(segment(), bytes);
  auto reader = EventReader::open(folder_.path(), kOldestEvent);
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(reader->next().ok());
  const auto event = reader->next();
  ASSERT_FALSE(event.ok());
  EXPECT_EQ(event.error().to_text(),
            segment() + ": the event at offset " + std::to_string(ends_[0]) + " (byte " +
                std::to_string(at(ends_[0])) +
                " of the file) is damaged\n  mend: restore the file from a backup, or go on from "
                "the next segment's first offset");
}

TEST(RecoveryOfHeaders, SaysWhatIsWrong) {
  const auto error_of = [](const std::function<void(const std::string&)>& spoil) {
    const TemporaryFolder folder;
    open_log(folder.path());
    const std::string path = segment_path(folder.path(), 0);
    spoil(path);
    const auto log = EventLog::open(folder.path());
    const std::string text = log.ok() ? "" : log.error().to_text();
    return text.starts_with(folder.path()) ? text.substr(folder.path().size()) : text;
  };
  EXPECT_EQ(error_of([](const std::string& path) { write_bytes(path, "hello"); }),
            "/segment-00000000000000000000.log: not a segment of an event log\n  mend: restore the "
            "file from a backup");
  EXPECT_EQ(error_of([](const std::string& path) {
              std::string bytes = file_bytes(path);
              bytes[25] ^= 1;
              write_bytes(path, bytes);
            }),
            "/segment-00000000000000000000.log: the segment's header is damaged\n  mend: restore "
            "the file from a backup");
  EXPECT_EQ(error_of([](const std::string& path) {
              std::filesystem::copy_file(path, segment_path(path.substr(0, path.rfind('/')), 77));
            }),
            "/segment-00000000000000000000.log: the segment ends at offset 0 and the next one "
            "begins at 77\n  mend: restore the folder from a backup");
}

}  // namespace
}  // namespace coterie::events
