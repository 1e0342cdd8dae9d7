#include "data/project/templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/project/project.h"
#include "data/project/roles.h"

namespace coterie::data {
namespace {

TEST(Templates, EachIsAValidProjectWithAnyFolderName) {
  EXPECT_THAT(template_names(), testing::IsSupersetOf({"retail"}));
  for (const std::string& name : template_names()) {
    SCOPED_TRACE(name);
    const auto text =
        instantiate_template(name, {.project = "shop", .data = "/data/\"odd\" \\ #folder: x"});
    ASSERT_TRUE(text.ok()) << text.error().to_text();
    EXPECT_EQ(text->find("__PROJECT__"), std::string::npos);
    EXPECT_EQ(text->find("__DATA__"), std::string::npos);
    const auto project = parse_project(*text, name + "/coterie.yaml", "/tmp/shop");
    ASSERT_TRUE(project.ok()) << project.error().to_text();
    EXPECT_EQ(project->name, "shop");
    EXPECT_EQ(project->template_name, name);
    for (const SourceConfig& source : project->sources) {
      for (const std::string& file : source.files) {
        EXPECT_THAT(file, testing::StartsWith("/data/\"odd\" \\ #folder: x/"));
      }
    }
    EXPECT_FALSE(template_summary(name)->empty());
  }
}

TEST(Templates, RetailKnowsEveryRole) {
  const auto text = instantiate_template("retail", {.project = "shop"});
  const auto project = parse_project(*text, "coterie.yaml", "/tmp/shop");
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  for (const Role& role : all_roles()) {
    EXPECT_NE(project->find_source(role.name), nullptr) << role.name;
  }
  EXPECT_EQ(project->find_source("orders")->files[0], "raw/orders");
}

TEST(Templates, UnknownOnesNameTheNearest) {
  const auto none = instantiate_template("retial", {.project = "shop"});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().to_text(),
            "there is no template 'retial'\n  mend: did you mean 'retail'?");
  EXPECT_FALSE(template_summary("x").ok());
}

}  // namespace
}  // namespace coterie::data
