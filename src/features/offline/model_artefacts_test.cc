#include "features/offline/model_artefacts.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "features/offline/offline_world_internal.h"
#include "features/offline/point_in_time.h"
#include "features/offline/snapshot_build.h"
#include "math/artefact.h"

namespace coterie::features {
namespace {

constexpr const char* kRegistry = R"(registry_version: 1
entities:
  - {name: customer, join_keys: [customer_id]}
  - {name: channel, join_keys: [channel]}
features:
  - {name: taste, entity: customer, model: cf}
feature_services:
  - {name: all, features: [taste]}
)";

// A model of three of the world's customers: the first has learned nothing.
class ModelVectorsTest : public testing::Test {
 protected:
  ModelVectorsTest() {
    world_.registry = take(Registry::parse({{"r.yaml", kRegistry}}));
    math::Artefact artefact;
    artefact.description = {{"kind", "als"}};
    const std::vector<float> factors = {0, 0, 1, 2, 3, -4};
    artefact.tensors.add("user_factors", {3, 2}, std::span<const float>(factors));
    must(artefact.save(model_.folder));
    write_entities(R"({"customer": {"vectors": "user_factors",
                                    "trained_until": "2024-01-05T12:00:00Z"}})");
  }

  void write_entities(const std::string& text) {
    must(write_file_atomic(model_.folder + "/" + kEntitiesFile, text));
  }
  template <typename Use>
  void with_context(const Use& use) {
    world_.with_context(2, int64_t{1} << 30, [&](OfflineContext context) {
      context.find_model = [this](const std::string& name) -> Result<ModelArtefact> {
        if (name != "cf") return not_found("no model '" + name + "'").with_mend("see models");
        return model_;
      };
      use(context);
    });
  }
  std::vector<const FeatureDefinition*> all() {
    return take(features_of_service(world_.registry, "all"));
  }
  std::string texts(const std::string& select) {
    data::Snapshot snapshot = take(world_.warehouse.snapshot());
    data::Connection connection = take(world_.engine.connect());
    must(snapshot.attach(connection));
    std::string text;
    must(connection.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
      for (int64_t row = 0; row < chunk.rows(); ++row)
        text += std::string(chunk.column(0).as_text(row)) + "\n";
      return {};
    }));
    return text;
  }
  std::string error_of(const std::string& registry) {
    world_.registry = take(Registry::parse({{"r.yaml", registry}}));
    std::string text;
    with_context([&](const OfflineContext& context) {
      const auto vectors =
          read_model_vectors(context.registry, all(), context.snapshot, context.find_model);
      text = vectors.ok() ? "" : vectors.error().to_text();
    });
    return text;
  }

  OfflineWorld world_{17, 10, 50, 10};
  ModelArtefact model_{.id = "cf/v1", .folder = world_.folder / "model"};
};

TEST_F(ModelVectorsTest, AreSeenFromTheEndOfTheTrainingOn) {
  const std::string spine = world_.folder / "spine.parquet", out = world_.folder / "out.parquet";
  texts(fmt::format(
      "COPY (SELECT id AS customer_id, event_timestamp FROM facts.dict_customer, "
      "(SELECT unnest([TIMESTAMP '2024-01-05 11:59:59.999999', TIMESTAMP '2024-01-05 12:00:00']) "
      "AS event_timestamp) WHERE code < 4 ORDER BY code, event_timestamp) TO '{}' (FORMAT parquet)",
      spine));
  with_context([&](const OfflineContext& context) {
    take(get_point_in_time(context,
                           {.features = all(), .spine = {.file = spine, .time = ""}, .out = out}));
  });
  EXPECT_EQ(texts(fmt::format("SELECT coalesce(taste::VARCHAR, '-') FROM read_parquet('{}')", out)),
            "-\n-\n"            // zeros: nothing was learned of them
            "-\n[1.0, 2.0]\n"   //
            "-\n[3.0, -4.0]\n"  //
            "-\n-\n");          // came after the training
}

TEST_F(ModelVectorsTest, StandInSnapshots) {
  const std::string out = world_.folder / "day.parquet";
  for (const int32_t day : {19'726, 19'727}) {  // 2024-01-04, 2024-01-05
    with_context([&](const OfflineContext& context) {
      SnapshotBuild build =
          take(SnapshotBuild::open(context, *world_.registry.entity("customer"), all(), day));
      take(build.write(out, {.updated_at = 0, .model_version = "m", .run_id = "r"}));
    });
    EXPECT_EQ(texts(fmt::format("SELECT count(taste)::VARCHAR FROM read_parquet('{}')", out)),
              day == 19'726 ? "0\n" : "2\n");
  }
}

TEST_F(ModelVectorsTest, FaultsPointAtTheFeature) {
  const std::string registry = kRegistry;
  const auto with = [&](const std::string& feature) {
    std::string text = registry;
    const std::string own = "{name: taste, entity: customer, model: cf}";
    return text.replace(text.find(own), own.size(), feature);
  };
  EXPECT_EQ(error_of(with("{name: taste, entity: customer, model: cff}")),
            "r.yaml:6:44: features[0].model: no model 'cff'\n  mend: see models");
  EXPECT_EQ(error_of(with("{name: taste, entity: channel, model: cf}")),
            "r.yaml:6:43: features[0].model: models have no vectors of entity 'channel': its join "
            "key is no id that the warehouse codes\n"
            "  mend: models learn vectors of customers and articles");
  write_entities(R"({"article": {"vectors": "item_factors"}})");
  EXPECT_EQ(error_of(registry),
            "r.yaml:6:44: features[0].model: model cf/v1 has no vectors of entity 'customer'\n"
            "  mend: name a model that learns a vector for each, such as one of kind als");
  write_entities(R"({"customer": {"vectors": "user_factors", "trained_until": "soon"}})");
  EXPECT_NE(error_of(registry).find("entities.json: trained_until is no time"), std::string::npos);
  write_entities("[");
  EXPECT_NE(error_of(registry).find("entities.json: this is no JSON object"), std::string::npos);
  std::filesystem::remove(model_.folder + "/" + kEntitiesFile);
  EXPECT_EQ(error_of(registry),
            "r.yaml:6:44: features[0].model: model cf/v1 does not say whose vectors it has\n"
            "  mend: train it again: coterie run --select models --force");
}

}  // namespace
}  // namespace coterie::features
