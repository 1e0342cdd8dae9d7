#pragma once
// A pushed row as the payload of an event of the log: the names and values of its columns, whatever
// source it is for. Anybody who reads the log can decode it.
//
//   0   u8      0xFE: no text begins so
//   1   u8      version of the format, 1
//   2   varint  bytes of the header
//       header  source: varint length, bytes; varint number of columns; per column varint length,
//               name
//       values  per column u8 kind, then: 0 null; 1 false; 2 true; 3 integer: varint of zigzag;
//               4 real: 8 bytes, little-endian IEEE 754; 5 text: varint length, bytes (UTF-8)
//
// Varints are LEB128 of at most 10 bytes. The rows of one push share their header's bytes, so a
// reader looks at it once.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/plan/row_reader.h"

namespace coterie::features {

inline constexpr size_t kMaxPushedColumns = 4096;

// Magic, version and header. `columns` at most kMaxPushedColumns.
std::string pushed_event_head(std::string_view source, std::span<const std::string> columns);
// Appends a payload to `out`: `values` by column of the head.
void append_pushed_event(std::string& out, std::string_view head,
                         std::span<const PushedValue> values);

// What the rows of one push have in common.
struct PushedShape {
  int64_t number = 0;  // never used again by the same decoder
  std::string source;
  std::vector<std::string> columns;
};

// Not thread-safe. Remembers the latest shapes (some hundred), so that decoding an event costs its
// values alone.
class PushedEventDecoder {
 public:
  PushedEventDecoder();

  struct Decoded {
    const PushedShape* shape = nullptr;   // valid until the next call
    std::span<const PushedValue> values;  // by column; texts view the payload
  };
  // kCorrupt says what is wrong: any bytes are harmless. kUnsupported: a later version.
  Result<Decoded> decode(std::string_view payload);

  PushedEventDecoder(PushedEventDecoder&&) noexcept;
  PushedEventDecoder& operator=(PushedEventDecoder&&) noexcept;
  ~PushedEventDecoder();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::features
