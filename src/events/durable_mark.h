#pragma once
// The mark up to which a log is durable, in a small file beside its segments. The writer moves it
// after each sync; it is not synced itself, so after a power failure it may lag, never lead.
//
// Readers read up to the mark only: what lies behind may still be taken back when the disk is full.
// Recovery knows from it that damage before the mark is damage to acknowledged events, not a torn
// write.

#include <string>

#include "base/result.h"
#include "events/event.h"

namespace coterie::events {

class DurableMark {
 public:
  // The writer's: creates the file if it is absent.
  static Result<DurableMark> open_to_write(const std::string& folder);
  // A reader's. kNotFound if there is no log in `folder`.
  static Result<DurableMark> open_to_read(const std::string& folder);

  // The mark; 0 where none was ever written or its file is damaged. One system call.
  Result<Offset> read() const;
  Status write(Offset offset) const;

  DurableMark(DurableMark&& other) noexcept;
  DurableMark& operator=(DurableMark&& other) noexcept;
  ~DurableMark();

 private:
  DurableMark(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_ = -1;
  std::string path_;
};

}  // namespace coterie::events
