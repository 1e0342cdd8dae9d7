#pragma once
// What was planted in goods, styles, segments and days (customers and reviews are written by their
// blocks), and truth.json with everything that is one number or one short list.

#include "base/result.h"
#include "synth/output_folder.h"
#include "synth/retail_world.h"

namespace coterie::synth {

std::vector<std::string> truth_tables();
Status write_truth(const RetailWorld& world, OutputFolder& output);

}  // namespace coterie::synth
