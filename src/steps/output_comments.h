#pragma once
// What the tables that steps write are, for those who meet them in a database of their own: a
// sentence a table and one a column.

#include <string>

#include "data/publish/publish.h"

namespace coterie::steps {

// Datasets from their catalogue, the models' outputs from here. A table that neither knows has no
// comment, and a column that it does not have is passed over.
data::PublishTable described_output(const std::string& table);

}  // namespace coterie::steps
