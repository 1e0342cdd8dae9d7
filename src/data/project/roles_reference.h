#pragma once
// The page docs/reference/roles.md, from the same data that ingest obeys.

#include <string>

namespace coterie::data {

std::string roles_reference();  // Markdown

}  // namespace coterie::data
