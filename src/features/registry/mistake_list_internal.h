#pragma once
// The mistakes of a registry, collected so that a user mends them in one go.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/yaml.h"

namespace coterie::features {

// Of a registry's files, each mistake at its place.
class MistakeList {
 public:
  // Files in the order in which mistakes are told.
  void begin_file(const std::string& file) { files_.push_back(file); }
  void add(Error error);
  bool empty() const { return errors_.empty(); }
  // In order of files, lines and columns.
  std::vector<Error> take();

 private:
  std::vector<std::string> files_;
  std::vector<Error> errors_;
};

// The first mistake, whose mend goes on with the text of the others: up to kShownMistakes in all,
// and how many more there are. `mistakes` is not empty.
inline constexpr size_t kShownMistakes = 20;
Error as_one_error(const std::vector<Error>& mistakes);

// Definitions of one kind that could not be read. What names them is not wrong for that.
class BrokenNames {
 public:
  void add(const YamlNode& definition);
  // Some were not even found: any name may be one of them.
  void add_unknown() { unknown_ = true; }
  bool may_be(std::string_view name) const { return unknown_ || names_.contains(name); }
  const std::set<std::string, std::less<>>& names() const { return names_; }

 private:
  std::set<std::string, std::less<>> names_;
  bool unknown_ = false;
};

}  // namespace coterie::features
