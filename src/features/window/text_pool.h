#pragma once
// Texts by number, each once: the codes of kCode columns. Numbers are in order of first appearance.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace coterie::features {

// Steps towards something in a table: its slot, the entry that the slot names, the bytes that the
// entry names. A loop that asks for each some turns before it goes there waits for memory once,
// not three times.
enum class Fetch : uint8_t { kSlot, kEntry, kBytes };

// Texts never move and are never removed: views stay valid as long as the pool. Adding is not
// thread-safe among itself, but at() and hash() of codes that were handed out may run beside it.
// O(1) a call; 40 bytes a text beside its own.
class TextPool {
 public:
  TextPool();
  int32_t add(std::string_view text);                        // its code, new or old
  std::optional<int32_t> find(std::string_view text) const;  // beside add() only under a lock
  // Asks for the memory of a step of add(), the steps before having come; by the thread that adds.
  void prefetch(uint64_t text_hash, Fetch step) const;
  std::string_view at(int32_t code) const;
  uint64_t hash(int32_t code) const;  // hash64 of the text: the same in every pool
  int32_t size() const;

  TextPool(TextPool&&) noexcept;
  TextPool& operator=(TextPool&&) noexcept;
  ~TextPool();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::features
