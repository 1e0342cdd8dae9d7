#pragma once
// Model artefacts: models/<name>/v<N>/, written once, whole or not at all, never changed.
//
// A step fills a staging folder (models/<name>/.staging-<run>); StagedModels renames it to the next
// free v<N> just before the warehouse commit that records it, and takes it back when that commit
// fails. A version counts as finished when the warehouse holds its mark "model/<name>/v<N>": after
// a crash between the two an unfinished folder may remain, which is listed as such and whose number
// is never used again.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/warehouse/warehouse.h"

namespace coterie::pipeline {

struct ModelVersion {
  std::string name;
  int number = 0;
  std::string folder;     // absolute
  std::string run_id;     // of the mark; empty when unfinished
  bool finished = false;  // the warehouse holds its mark
  int64_t bytes = 0;
  std::string id() const { return name + "/v" + std::to_string(number); }  // "cf/v3"
};

// Every version under `project_folder`/models, by name and then number.
Result<std::vector<ModelVersion>> list_models(const std::string& project_folder,
                                              const data::Snapshot& snapshot);

// "cf/v3", or "cf" for its newest finished version. kNotFound with the nearest name.
Result<ModelVersion> find_model(const std::vector<ModelVersion>& models, const std::string& name);

// The models that one step writes. Not thread-safe. Destroyed before keep(): everything it made is
// removed again.
class StagedModels {
 public:
  StagedModels(std::string project_folder, std::string run_id);
  ~StagedModels();
  StagedModels(const StagedModels&) = delete;
  StagedModels& operator=(const StagedModels&) = delete;

  struct Staged {
    std::string id;      // "cf/v3": what tables carry as model_version
    std::string folder;  // write here; empty and private until published
  };
  // `name` may hold a-z, 0-9, '_' and '-'. One call a name.
  Result<Staged> add(const std::string& name);

  // Syncs and renames every staged folder to its version and sets its mark in `transaction`.
  Status publish(data::WriteTransaction& transaction);
  void keep();

 private:
  struct Entry {
    std::string name;
    int number = 0;
    std::string staging;
    std::string target;
    bool published = false;
  };
  std::string models_folder_;
  std::string run_id_;
  std::vector<Entry> entries_;
};

}  // namespace coterie::pipeline
