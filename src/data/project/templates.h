#pragma once
// Project templates: what `coterie init --template NAME` writes. They live in templates/<name>/ and
// are part of the program.
//
// A template's text may hold placeholders __NAME__; each must be given a value:
//   __PROJECT__  the project's name
//   __DATA__     the folder with the raw files, relative to the project folder or absolute
// Values stand between double quotes in YAML and are escaped accordingly.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace coterie::data {

struct TemplateValues {
  std::string project;
  std::string data = "raw";
};

std::vector<std::string> template_names();  // sorted
// The first comment line of the template's coterie.yaml: what it is for.
Result<std::string> template_summary(const std::string& name);
// The text of its coterie.yaml. kNotFound for an unknown name, with the nearest.
Result<std::string> instantiate_template(const std::string& name, const TemplateValues& values);
// All its files, path -> text, coterie.yaml included.
Result<std::map<std::string, std::string>> instantiate_template_files(const std::string& name,
                                                                      const TemplateValues& values);

}  // namespace coterie::data
