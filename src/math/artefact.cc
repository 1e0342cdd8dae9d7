#include "math/artefact.h"

#include <cmath>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/json.h"

namespace coterie::math {
namespace {

constexpr int kFormat = 1;

}  // namespace

Status Artefact::save(const std::string& folder) const {
  RETURN_IF_ERROR(make_folders(folder));
  RETURN_IF_ERROR(tensors.save(folder + "/model.safetensors"));
  nlohmann::json written = description;
  written["format"] = kFormat;
  return write_file_atomic(folder + "/model.json", dump_json(written, 2) + "\n");
}

Result<Artefact> Artefact::load(const std::string& folder, const std::string& kind) {
  Artefact artefact;
  artefact.file_ = folder + "/model.json";
  auto description = load_json(artefact.file_);
  if (!description.ok()) {
    Error error = std::move(description).error();
    // The user did not write this file: what is wrong with it is damage, not input.
    if (error.code == ErrorCode::kInvalidInput) error.code = ErrorCode::kCorrupt;
    return error;
  }
  artefact.description = *std::move(description);
  if (!artefact.description.is_object()) return corrupt("not a JSON object").at(artefact.file_);
  ASSIGN_OR_RETURN(const int64_t format, artefact.integer("format"));
  if (format != kFormat) {
    return corrupt(fmt::format("format {} is not {}", format, kFormat))
        .at(artefact.file_)
        .with_mend("train the model again with this version of the program");
  }
  ASSIGN_OR_RETURN(const std::string found, artefact.text("kind"));
  if (!kind.empty() && found != kind) {
    return corrupt(fmt::format("holds a model of kind '{}', expected '{}'", found, kind))
        .at(artefact.file_);
  }
  ASSIGN_OR_RETURN(artefact.tensors, TensorFile::load(folder + "/model.safetensors"));
  return artefact;
}

Result<std::vector<float>> Artefact::floats(const std::string& name,
                                            const std::vector<int64_t>& shape) const {
  ASSIGN_OR_RETURN(std::vector<float> values, tensors.floats(name, shape));
  for (const float value : values) {
    if (!std::isfinite(value)) {
      return corrupt(fmt::format("tensor '{}' holds a value that is not finite", name)).at(file_);
    }
  }
  return values;
}

Result<double> Artefact::real(const std::string& member) const {
  const auto found = description.find(member);
  if (found == description.end() || !found->is_number()) {
    return corrupt(fmt::format("needs a number '{}'", member)).at(file_);
  }
  return found->get<double>();
}

Result<int64_t> Artefact::integer(const std::string& member) const {
  const auto found = description.find(member);
  if (found == description.end() || !found->is_number_integer()) {
    return corrupt(fmt::format("needs a whole number '{}'", member)).at(file_);
  }
  return found->get<int64_t>();
}

Result<bool> Artefact::boolean(const std::string& member) const {
  const auto found = description.find(member);
  if (found == description.end() || !found->is_boolean()) {
    return corrupt(fmt::format("needs true or false for '{}'", member)).at(file_);
  }
  return found->get<bool>();
}

Result<std::string> Artefact::text(const std::string& member) const {
  const auto found = description.find(member);
  if (found == description.end() || !found->is_string()) {
    return corrupt(fmt::format("needs a text '{}'", member)).at(file_);
  }
  return found->get<std::string>();
}

}  // namespace coterie::math
