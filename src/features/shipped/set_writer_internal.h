#pragma once
// Writes a feature set: takes what can be made of a project's tables, in the order of the files,
// and says why the rest is left out.

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "features/shipped/feature_set.h"
#include "features/shipped/set_template_internal.h"

namespace coterie::features {

class SetWriter {
 public:
  // `values` are those of [[name]] that the tables decide. `before` wrote the same: it knows which
  // sources are used, and what is taken in the end; null the first time. All outlive the writer.
  SetWriter(const ProjectTables& tables, const std::vector<std::string>& entities,
            TemplateValues values, const SetWriter* before);

  void add(std::string_view text);
  std::string take();
  size_t features() const { return feature_count_; }

 private:
  void add_text(const std::string& text);
  void add_definition(const TemplateBlock& block);
  void set_members(const TemplateBlock& block);
  bool wants(const std::string& entity) const;

  // Why the definition cannot be made; "" where that need not be said.
  std::optional<std::string> missing(const TemplateBlock& block, std::string_view text) const;
  std::optional<std::string> missing_definition(const std::string& name) const;
  std::optional<std::string> missing_need(const std::string& need) const;
  std::optional<std::string> missing_column(const std::string& name) const;

  // Neighbours with one reason share a comment. What comes in another way is not left out.
  void leave_out(const std::string& name, const std::string& reason);
  void flush_left_out();

  const ProjectTables& tables_;
  const std::vector<std::string>& entities_;
  const SetWriter* before_;
  std::string section_;  // entity of the features that follow
  std::set<std::string> sources_;
  TemplateValues values_;
  std::string out_;
  std::set<std::string> taken_;
  std::set<std::string> told_;                  // as left out
  std::map<std::string, std::string> missing_;  // definition -> why
  std::map<std::string, std::vector<std::string>> members_;
  std::vector<std::string> left_out_;
  std::string left_out_reason_;
  size_t feature_count_ = 0;
};

}  // namespace coterie::features
