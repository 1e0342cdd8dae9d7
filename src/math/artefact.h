#pragma once
// A model on disk: a folder with model.json (what it is, its options) and model.safetensors (its
// arrays). Both files are canonical: equal models, equal bytes.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "math/safetensors.h"

namespace coterie::math {

struct Artefact {
  nlohmann::json description;  // at least "kind"
  TensorFile tensors;

  // Creates `folder`; arrays first, so that a model.json always has them beside it.
  Status save(const std::string& folder) const;
  // Errors: kNotFound without model.json, kCorrupt if it is not ours or not of this kind ("" =
  // any).
  static Result<Artefact> load(const std::string& folder, const std::string& kind);

  // A tensor of finite floats: kCorrupt for others (math/safetensors.h on `shape`).
  Result<std::vector<float>> floats(const std::string& name,
                                    const std::vector<int64_t>& shape) const;
  // Members of the description with their type checked: kCorrupt names file and member.
  Result<double> real(const std::string& member) const;
  Result<int64_t> integer(const std::string& member) const;
  Result<bool> boolean(const std::string& member) const;
  Result<std::string> text(const std::string& member) const;

 private:
  std::string file_;
};

}  // namespace coterie::math
