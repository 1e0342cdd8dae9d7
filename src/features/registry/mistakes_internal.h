#pragma once
// For tests of messages: a registry with one mistake and what the user reads of it.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "features/registry/registry.h"

namespace coterie::features {

struct Mistake {
  const char* what;
  const char* text;
  const char* message;
};

// Definitions that the mistakes stand behind: features begin on line 8.
inline constexpr const char* kBeforeFeatures =
    "registry_version: 1\n"
    "entities: [{name: customer, join_keys: [customer_id]}, {name: article, "
    "join_keys: [article_id]}]\n"
    "sources:\n"
    "- {name: sales, table: transactions}\n"
    "- {name: people, table: customers, static: true}\n"
    "- {name: basket, request: {value: numeric}}\n"
    "features:\n";

// Each registry, behind `head`, is refused with the message.
inline void expect_messages(const std::string& head, const std::vector<Mistake>& mistakes) {
  for (const Mistake& mistake : mistakes) {
    const auto registry = Registry::parse({{"shop.yaml", head + mistake.text}});
    EXPECT_EQ(registry.ok() ? "no error" : registry.error().to_text(), mistake.message)
        << mistake.what;
  }
}

}  // namespace coterie::features
