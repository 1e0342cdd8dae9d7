#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/check.h"
#include "features/registry/mistake_list_internal.h"

namespace coterie::features {

void MistakeList::add(Error error) {
  if (error.mend.empty()) error.mend = "the reference of features says what the key takes";
  errors_.push_back(std::move(error));
}

std::vector<Error> MistakeList::take() {
  const auto place = [&](const Error& error) {
    return std::tuple(std::ranges::find(files_, error.file) - files_.begin(), error.line,
                      error.column);
  };
  std::ranges::stable_sort(errors_, {}, place);
  return std::move(errors_);
}

Error as_one_error(const std::vector<Error>& mistakes) {
  CHECK(!mistakes.empty());
  Error all = mistakes.front();
  for (size_t i = 1; i < std::min(mistakes.size(), kShownMistakes); ++i)
    all.mend += "\n" + mistakes[i].to_text();
  if (mistakes.size() > kShownMistakes) {
    const size_t more = mistakes.size() - kShownMistakes;
    all.mend += fmt::format("\nand {} more mistake{}", more, more == 1 ? "" : "s");
  }
  return all;
}

void BrokenNames::add(const YamlNode& definition) {
  const auto name = definition.find("name");
  if (name && name->is_scalar()) {
    names_.insert(*name->as_string());
  } else {
    unknown_ = true;
  }
}

}  // namespace coterie::features
