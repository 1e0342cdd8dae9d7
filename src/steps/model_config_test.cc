#include "steps/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::steps {
namespace {

using testing::ElementsAre;

Result<ModelsConfig> read(const std::string& yaml) {
  const auto node = parse_yaml(yaml, "coterie.yaml");
  EXPECT_TRUE(node.ok()) << node.error().to_text();
  data::Project project;
  project.models = node->find("models");
  return read_models(project);
}

std::string error_text(const std::string& yaml) {
  const auto config = read(yaml);
  EXPECT_FALSE(config.ok());
  return config.ok() ? "" : config.error().to_text();
}

TEST(ModelConfig, WithoutASectionEveryModelHasItsDefaults) {
  const auto config = read_models(data::Project());
  ASSERT_TRUE(config.ok());
  ASSERT_TRUE(config->cf.has_value());
  EXPECT_EQ(config->cf->factors, 64);
  ASSERT_TRUE(config->segments.has_value());
  EXPECT_EQ(config->segments->k, 5);
}

TEST(ModelConfig, ReadsWhatIsGivenAndKeepsTheRest) {
  const auto config = read(
      "models:\n"
      "  cf: {kind: als, factors: 32, at: [20, 5, 5], split: customer}\n"
      "  segments: {kind: kmeans, k: 4}\n");
  ASSERT_TRUE(config.ok()) << config.error().to_text();
  EXPECT_EQ(config->cf->factors, 32);
  EXPECT_EQ(config->cf->sweeps, CfConfig{}.sweeps);
  EXPECT_THAT(config->cf->at, ElementsAre(5, 20));
  EXPECT_EQ(config->cf->split, "customer");
  EXPECT_EQ(config->segments->k, 4);
}

TEST(ModelConfig, OtherKindsHaveTheirOwnSettings) {
  const auto config = read(
      "models:\n  cf: {kind: itemknn, neighbours: 50, similarity: jaccard, shrinkage: auto}\n");
  ASSERT_TRUE(config.ok()) << config.error().to_text();
  EXPECT_EQ(config->cf->kind, "itemknn");
  EXPECT_EQ(config->cf->settings,
            (std::map<std::string, double>{{"neighbours", 50}, {"similarity", 1}}));
  EXPECT_EQ(error_text("models:\n  cf: {kind: itemknn, factors: 3}\n"),
            "coterie.yaml:2:23: models.cf: unknown key 'factors'\n  mend: valid keys: kind, top, "
            "asymmetry, neighbours, damping, similarity, shrinkage, k1, b, value_power, "
            "test_share, split, seed, at");
  EXPECT_THAT(error_text("models:\n  cf: {kind: itemknn, neighbours: 0}\n"),
              testing::HasSubstr("coterie.yaml:2:35: models.cf.neighbours"));
  EXPECT_THAT(error_text("models:\n  cf: {kind: itemknn, similarity: cosin}\n"),
              testing::HasSubstr("did you mean 'cosine'?"));
}

TEST(ModelConfig, HybridsHaveMembers) {
  const auto config =
      read("models:\n  cf: {kind: hybrid, members: [als, itemknn], mode: switching, depth: 50}\n");
  ASSERT_TRUE(config.ok()) << config.error().to_text();
  ASSERT_TRUE(config->cf->hybrid.has_value());
  EXPECT_EQ(config->cf->hybrid->members.at(1).name, "itemknn");
  EXPECT_EQ(config->cf->hybrid->mode, tuning::HybridMode::kSwitching);
  EXPECT_THAT(canonical_text(*config->cf),
              testing::EndsWith(" mode=switching depth=50 members=als+itemknn+"));
  EXPECT_TRUE(read("models: {cf: {kind: hybrid, members: auto}}\n")->cf->hybrid->members.empty());
  EXPECT_THAT(error_text("models:\n  cf: {kind: hybrid, members: [als, magic]}\n"),
              testing::StartsWith("coterie.yaml:2:37: models.cf.members[1]: 'magic' cannot be a "
                                  "member of a hybrid\n  mend: use some of als, popularity"));
  EXPECT_THAT(error_text("models:\n  cf: {kind: hybrid, members: [als, als]}\n"),
              testing::HasSubstr("member 'als' is named twice"));
  EXPECT_THAT(error_text("models:\n  cf: {kind: hybrid, members: []}\n"),
              testing::HasSubstr("no member given"));
  EXPECT_THAT(error_text("models:\n  cf: {kind: hybrid, factors: 3}\n"),
              testing::HasSubstr("unknown key 'factors'"));
}

TEST(ModelConfig, ContentHasItsWeights) {
  const auto config = read("models:\n  content: {top: 50, price: 2, colour: auto}\n");
  ASSERT_TRUE(config.ok()) << config.error().to_text();
  EXPECT_EQ(config->content->top, 50);
  EXPECT_EQ(config->content->settings, (std::map<std::string, double>{{"price", 2}}));
  EXPECT_EQ(canonical_text(*config->content), "kind=content top=50 seed=1 price=2");
  EXPECT_EQ(error_text("models:\n  content: {prices: 2}\n"),
            "coterie.yaml:2:13: models.content: unknown key 'prices'\n  mend: did you mean "
            "'price'?");
  EXPECT_THAT(error_text("models:\n  content: {price: -2}\n"),
              testing::HasSubstr("coterie.yaml:2:20: models.content.price"));
  EXPECT_FALSE(read("models: {content: off}\n")->content.has_value());
}

TEST(ModelConfig, AModelCanBeSwitchedOff) {
  const auto config = read("models:\n  cf: off\n");
  ASSERT_TRUE(config.ok()) << config.error().to_text();
  EXPECT_FALSE(config->cf.has_value());
  EXPECT_TRUE(config->segments.has_value());
}

TEST(ModelConfig, MistakesPointAtTheLineWithTheNearestName) {
  EXPECT_EQ(error_text("models:\n  segment: {k: 3}\n"),
            "coterie.yaml:2:3: models: unknown key 'segment'\n  mend: did you mean "
            "'segments'?");
  EXPECT_EQ(error_text("models:\n  cf:\n    factor: 3\n"),
            "coterie.yaml:3:5: models.cf: unknown key 'factor'\n  mend: did you mean "
            "'factors'?");
  EXPECT_EQ(error_text("models:\n  cf: {at: [5, 0]}\n"),
            "coterie.yaml:2:16: models.cf.at[1]: 0 is not a list length from 1 to 1000");
  EXPECT_THAT(error_text("models:\n  cf: {kind: asl}\n"),
              testing::AllOf(testing::HasSubstr("coterie.yaml:2:14: models.cf.kind"),
                             testing::HasSubstr("als")));
  EXPECT_THAT(error_text("models:\n  segments: {k: 13}\n"),
              testing::HasSubstr("coterie.yaml:2:17: models.segments.k"));
}

TEST(ModelConfig, EverySettingChangesTheFingerprint) {
  const CfConfig base;
  std::vector<CfConfig> changed(12, base);
  changed[0].kind = "popularity";
  changed[1].top = 13;
  changed[2].factors = 65;
  changed[3].sweeps = 17;
  changed[4].unobserved_weight = 0.2;
  changed[5].regularisation = 0.004;
  changed[6].frequency_exponent = 0.5;
  changed[7].test_share = 0.2;
  changed[8].split = "customer";
  changed[9].at = {5, 10};
  changed[10].seed = 2;
  changed[11].settings["neighbours"] = 3;
  for (const CfConfig& config : changed) {
    EXPECT_NE(canonical_text(config), canonical_text(base));
  }
  SegmentsConfig segments;
  const std::string before = canonical_text(segments);
  segments.starts = 9;
  EXPECT_NE(canonical_text(segments), before);
}

}  // namespace
}  // namespace coterie::steps
