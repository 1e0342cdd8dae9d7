// Seeded mistakes: what a user reads, whole. Names, places and links between definitions here; what
// a single feature computes is in feature_mistakes_test.cc.

#include "features/registry/mistakes_internal.h"

namespace coterie::features {
namespace {

const std::vector<Mistake> kFiles = {
    {"table without time",
     "registry_version: 1\n"
     "sources:\n"
     "- {name: people, table: customers}\n",
     "shop.yaml:3:25: sources[0].table: table 'customers' has no time of its own\n"
     "  mend: name the column that says when a row happened: timestamp_field: "
     "created_at; or write static: true if its rows count at any time"},
    {"sql without time",
     "registry_version: 1\n"
     "sources:\n"
     "- {name: people, sql: select * from customers}\n",
     "shop.yaml:3:3: sources[0]: source 'people' has no 'timestamp_field'\n"
     "  mend: name the column that says when a row happened: timestamp_field: "
     "created_at; or write static: true if its rows count at any time"},
    {"source of two kinds",
     "registry_version: 1\n"
     "sources:\n"
     "- {name: people, table: customers, sql: select 1}\n",
     "shop.yaml:3:36: sources[0]: 'sql' stands beside 'table'\n"
     "  mend: keep one of them"},
    {"entity without keys",
     "registry_version: 1\n"
     "entities:\n"
     "- {name: customer}\n",
     "shop.yaml:3:3: entities[0]: entity 'customer' has no join keys\n"
     "  mend: name the columns that tell it apart: join_keys: [customer_id]"},
    {"missing version",
     "features:\n"
     "- {name: spend, entity: customer, model: cf}\n",
     "shop.yaml:1:1: missing key 'registry_version'\n"
     "  mend: begin with 'registry_version: 1'"},
    {"newer registry", "registry_version: 2\n",
     "shop.yaml:1:19: registry_version: this program reads registry_version 1, not 2\n"
     "  mend: use a newer version of coterie"},
    {"section that is no list",
     "registry_version: 1\n"
     "features:\n"
     "  spend: {entity: customer}\n",
     "shop.yaml:3:3: features: expected a list\n"
     "  mend: begin each definition with '- name: ...'"},
};

const std::vector<Mistake> kNames = {
    {"unknown key",
     "- {name: spend, entity: customer, source: sales, transfromation: "
     "rolling_sum_30d, column: price}\n",
     "shop.yaml:8:50: features[0]: unknown key 'transfromation'\n"
     "  mend: did you mean 'transformation'?"},
    {"key that stands twice",
     "- name: spend\n"
     "  entity: customer\n"
     "  entity: article\n",
     "shop.yaml:10:3: features[0]: duplicate key 'entity', first at line 9\n"
     "  mend: keep one of them"},
    {"missing name", "- {entity: customer, source: sales, column: price}\n",
     "shop.yaml:8:3: features[0]: a feature without a name\n"
     "  mend: begin it with 'name: ...'"},
    {"wrong type",
     "- {name: spend, version: first, entity: customer, source: sales, column: price}\n",
     "shop.yaml:8:26: features[0].version: expected a whole number, found 'first'\n"
     "  mend: the reference of features says what the key takes"},
    {"unknown feature type",
     "- {name: spend, type: numerical, entity: customer, source: sales, column: "
     "price}\n",
     "shop.yaml:8:23: features[0].type: 'numerical' is not one of numeric, "
     "categorical, boolean, vector, text\n"
     "  mend: did you mean 'numeric'?"},
    {"unknown entity", "- {name: spend, entity: custommer, source: sales, column: price}\n",
     "shop.yaml:8:25: features[0].entity: there is no entity 'custommer'\n"
     "  mend: did you mean 'customer'?"},
    {"unknown source", "- {name: spend, entity: customer, source: sale, column: price}\n",
     "shop.yaml:8:43: features[0].source: there is no source 'sale'\n"
     "  mend: did you mean 'sales'?"},
    {"no entity", "- {name: spend, source: sales, column: price}\n",
     "shop.yaml:8:3: features[0]: feature 'spend' has no entity\n"
     "  mend: write entity: NAME; entities are: customer, article"},
    {"request as source", "- {name: spend, entity: customer, source: basket, column: value}\n",
     "shop.yaml:8:43: features[0].source: 'basket' is what a request brings, which "
     "has no rows\n"
     "  mend: remove 'source' and name its fields in the expression of "
     "'transformation'"},
    {"feature defined twice",
     "- {name: spend, entity: customer, source: sales, column: price}\n"
     "- {name: Spend, entity: article, source: sales, column: price}\n",
     "shop.yaml:9:10: features[1].name: feature 'Spend' is defined already, at "
     "shop.yaml:8:10\n"
     "  mend: rename or remove one of them"},
    {"feature named as join key",
     "- {name: customer_id, entity: customer, source: sales, column: price}\n",
     "shop.yaml:8:10: features[0].name: 'customer_id' is a join key of entity "
     "'customer', at shop.yaml:2:40\n"
     "  mend: choose another name for the feature"},
    {"feature named as output column",
     "- {name: as_of, entity: customer, source: sales, column: price}\n",
     "shop.yaml:8:10: features[0].name: every output has a column 'as_of' of its own\n"
     "  mend: choose another name"},
    {"name that is none", "- {name: spend-30d, entity: customer, source: sales, column: price}\n",
     "shop.yaml:8:10: features[0].name: 'spend-30d' cannot be the name of a feature\n"
     "  mend: write letters, digits and '_', a letter first"},
    {"cycle",
     "- {name: a, transformation: b + 1}\n"
     "- {name: b, transformation: c * 2}\n"
     "- {name: c, transformation: b - a}\n",
     "shop.yaml:9:29: features[1].transformation: features are made of each other: b "
     "-> c -> b\n"
     "  mend: compute one of them from a source"},
    {"unknown feature in expression",
     "- {name: spend, entity: customer, source: sales, transformation: lifetime_sum, "
     "column: price}\n"
     "- {name: double, transformation: 2 * spent}\n",
     "shop.yaml:9:38: features[1].transformation: there is no feature or request "
     "field 'spent'\n"
     "  mend: did you mean 'spend'?"},
    {"request field without its source",
     "- {name: large, entity: customer, type: boolean, transformation: value > 100}\n",
     "shop.yaml:8:66: features[0].transformation: there is no feature or request "
     "field 'value'\n"
     "  mend: write basket.value"},
    {"derived from two entities",
     "- {name: spend, entity: customer, source: sales, transformation: lifetime_sum, "
     "column: price}\n"
     "- {name: sold, entity: article, source: sales, transformation: lifetime_count}\n"
     "- {name: share, transformation: spend / sold}\n",
     "shop.yaml:10:33: features[2].transformation: 'share' is of entity 'customer', "
     "but 'sold' is of 'article'\n"
     "  mend: a feature is made of features of one entity"},
    {"unknown service member",
     "- {name: spend, entity: customer, source: sales, column: price}\n"
     "feature_services:\n"
     "- {name: profile, features: [spend, spent]}\n",
     "shop.yaml:10:37: feature_services[0].features[1]: there is no feature 'spent'\n"
     "  mend: did you mean 'spend'?"},
    {"service of another version",
     "- {name: spend, version: 3, entity: customer, source: sales, column: price}\n"
     "feature_services:\n"
     "- {name: profile, features: [spend@2]}\n",
     "shop.yaml:10:30: feature_services[0].features[0]: service 'profile' counts on "
     "spend@2, but the registry has spend@3\n"
     "  mend: write spend@3 and raise the service's version"},
};

TEST(RegistryMistakes, OfFilesAndSections) { expect_messages("", kFiles); }

TEST(RegistryMistakes, OfNames) { expect_messages(kBeforeFeatures, kNames); }

}  // namespace
}  // namespace coterie::features
