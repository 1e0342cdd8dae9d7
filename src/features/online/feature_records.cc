#include "features/online/feature_records.h"

#include <algorithm>
#include <deque>
#include <utility>

#include <fmt/format.h>

namespace coterie::features {
namespace {

constexpr size_t kRowsAtOnce = 256;

// The features of one entity that its keys alone decide.
struct KindRequest {
  int kind = 0;
  std::unique_ptr<RequestPlan> request;
  std::unique_ptr<OnlineReader> reader;
};

bool needs_only(const CompiledFeature& feature, const OnlineLayout& layout, int kind) {
  const FeaturePlan& plan = layout.plan();
  if (layout.kind_of(feature.definition->entity) != kind || feature.sources.empty()) return false;
  if (!std::ranges::all_of(feature.sources,
                           [&](int source) { return layout.place_of(source).kind == kind; }))
    return false;
  return std::ranges::all_of(feature.inputs, [&](const std::string& name) {
    if (name == "as_of" || name == "as_of_day") return true;
    const CompiledFeature* const input = plan.find(name);
    return input != nullptr && (input->inputs.empty() || needs_only(*input, layout, kind));
  });
}

}  // namespace

struct FeatureRecords::Impl {
  Status put_some(KindRequest& kind, std::span<const OnlineState::EntityRef> entities,
                  store::RecordTable& table, int64_t ttl_s);

  std::string entity_name(int kind) const {
    return layout.kinds()[static_cast<size_t>(kind)].entity->name;
  }

  explicit Impl(const FeaturePlan& plan) : layout(plan) {}
  OnlineLayout layout;  // the same of every state of the plan
  std::vector<KindRequest> kinds;
  std::vector<std::string> left_out;
  std::vector<ValueColumn> values;
};

Result<FeatureRecords> FeatureRecords::make(const ServingState& serving, const FittedSet& fitted,
                                            const TimeZone& zone) {
  const FeaturePlan& plan = serving.get()->plan();
  auto impl = std::make_unique<Impl>(plan);
  for (size_t k = 0; k < impl->layout.kinds().size(); ++k) {
    std::vector<const FeatureDefinition*> features;
    for (const CompiledFeature& feature : plan.features()) {
      if (!feature.definition->online || !needs_only(feature, impl->layout, static_cast<int>(k)))
        continue;
      const FeatureDefinition* const definition = feature.definition;
      const auto made = RequestPlan::make(plan, {&definition, 1}, fitted);
      if (made.ok()) {
        features.push_back(definition);
      } else if (made.error().code == ErrorCode::kUnavailable) {
        impl->left_out.push_back(definition->reference());
      } else {
        return made.error();
      }
    }
    if (features.empty()) continue;
    ASSIGN_OR_RETURN(RequestPlan request, RequestPlan::make(plan, features, fitted));
    KindRequest kind{.kind = static_cast<int>(k),
                     .request = std::make_unique<RequestPlan>(std::move(request)),
                     .reader = nullptr};
    kind.reader = std::make_unique<OnlineReader>(serving, *kind.request, zone);
    impl->kinds.push_back(std::move(kind));
  }
  return FeatureRecords(std::move(impl));
}

Status FeatureRecords::Impl::put_some(KindRequest& kind,
                                      std::span<const OnlineState::EntityRef> entities,
                                      store::RecordTable& table, int64_t ttl_s) {
  std::vector<std::string_view> keys;
  for (const OnlineState::EntityRef& entity : entities) keys.emplace_back(entity.key());
  const std::span<const std::string_view> all_keys = keys;
  const Micros now = now_micros();
  const std::string computed_at = format_utc(now);
  kind.reader->read({.rows = static_cast<int64_t>(keys.size()), .keys = {&all_keys, 1}, .at = now},
                    values);
  std::deque<std::string> texts;
  std::vector<std::vector<store::RecordField>> fields(keys.size());
  std::vector<store::Record> records;
  const auto& outputs = kind.request->outputs();
  for (size_t r = 0; r < keys.size(); ++r) {
    for (size_t o = 0; o < outputs.size(); ++o) {
      if (values[o].nulls[r] != 0 || values[o].statuses[r] == ValueStatus::kNotFound) continue;
      fields[r].push_back(
          {outputs[o].definition->name,
           texts.emplace_back(value_text(outputs[o].type, values[o], static_cast<int64_t>(r)))});
    }
    fields[r].push_back({"computed_at", computed_at});
    records.push_back(
        {texts.emplace_back(fmt::format("{}:{}", entity_name(kind.kind), keys[r])), fields[r]});
  }
  return table.put(records, ttl_s);
}

Status FeatureRecords::put(std::span<const OnlineState::EntityRef> entities,
                           store::RecordTable& table, int64_t ttl_s) {
  std::vector<OnlineState::EntityRef> some;
  for (KindRequest& kind : impl_->kinds) {
    some.clear();
    for (const OnlineState::EntityRef& entity : entities) {
      if (entity.kind == kind.kind) some.push_back(entity);
    }
    const std::span<const OnlineState::EntityRef> all = some;
    for (size_t begin = 0; begin < all.size(); begin += kRowsAtOnce) {
      const size_t count = std::min(kRowsAtOnce, all.size() - begin);
      RETURN_IF_ERROR(impl_->put_some(kind, all.subspan(begin, count), table, ttl_s));
    }
  }
  return {};
}

const std::vector<std::string>& FeatureRecords::left_out() const { return impl_->left_out; }

FeatureRecords::FeatureRecords(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FeatureRecords::FeatureRecords(FeatureRecords&&) noexcept = default;
FeatureRecords& FeatureRecords::operator=(FeatureRecords&&) noexcept = default;
FeatureRecords::~FeatureRecords() = default;

}  // namespace coterie::features
