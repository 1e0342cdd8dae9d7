#pragma once
// What column and table names tell: how well a source's name fits a role's column, by the words
// that retail, telco and media warehouses use for it.

#include <string>
#include <string_view>

namespace coterie::data {

// "InvoiceDate", "invoice-date", "INVOICE DATE" -> "invoice_date".
std::string normal_name(std::string_view name);

// How well `source` names column `column` of `role`: 1 the same name, 0.9 a usual synonym, 0.7 a
// vague one ("id", "date"), 0.6 a synonym among other words, 0 no relation.
double name_fit(std::string_view source, std::string_view role, std::string_view column);

// How well a table or file name fits a role: 1 or 0.6 (among other words) or 0.
double table_name_fit(std::string_view table, std::string_view role);

}  // namespace coterie::data
