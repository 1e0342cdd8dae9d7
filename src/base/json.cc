#include "base/json.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/atomic_file.h"
#include "base/secret.h"

namespace coterie {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 200;

// Builds the value from the parser's events. nlohmann::json keeps the last of duplicate keys and
// nests without limit; this does neither.
class StrictBuilder : public nlohmann::json_sax<json> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return refuse("binary values are not supported"); }

  bool start_object(std::size_t) override { return open(json::object()); }
  bool key(string_t& name) override {
    if (open_.back()->contains(name)) return refuse(fmt::format("duplicate key '{}'", name));
    key_ = name;
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string&, const json::exception& e) override {
    position_ = position;
    // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong"
    std::string what = e.what();
    const size_t place = what.find("column ");
    const size_t colon = what.find(": ", place == std::string::npos ? 0 : place);
    if (colon != std::string::npos) what = what.substr(colon + 2);
    message_ = "not valid JSON: " + what;
    return false;
  }

  json take() { return std::move(root_); }
  const std::string& message() const { return message_; }
  // 1-based byte, or 0 where only the reader's place is known.
  std::size_t position() const { return position_; }

 private:
  bool refuse(std::string message) {
    message_ = std::move(message);
    return false;
  }

  json* place(json&& value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) return &parent.emplace_back(std::move(value));
    return &(parent[key_] = std::move(value));
  }
  bool add(json value) {
    place(std::move(value));
    return true;
  }
  bool open(json value) {
    if (open_.size() >= kMaxDepth) {
      return refuse(fmt::format("nested deeper than {} levels", kMaxDepth));
    }
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  json root_;
  // Pointers stay valid: only the innermost open container changes.
  std::vector<json*> open_;
  std::string key_;
  std::string message_;
  std::size_t position_ = 0;
};

// An input iterator over text that says how far the parser has read.
class TrackedText {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackedText(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  TrackedText& operator++() {
    ++at_;
    *furthest_ = std::max(*furthest_, at_);
    return *this;
  }
  TrackedText operator++(int) {
    TrackedText before = *this;
    ++*this;
    return before;
  }
  bool operator==(const TrackedText& other) const { return at_ == other.at_; }
  bool operator!=(const TrackedText& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

template <typename AnyJson>
AnyJson redacted(const AnyJson& value) {
  if (value.is_string()) return redact(value.template get_ref<const std::string&>());
  if (!value.is_structured()) return value;
  AnyJson out = value.is_array() ? AnyJson::array() : AnyJson::object();
  for (const auto& [key, item] : value.items()) {
    if (value.is_array()) {
      out.push_back(redacted(item));
    } else {
      out[redact(key)] = redacted(item);
    }
  }
  return out;
}

Error error_at(std::string_view text, size_t byte, const std::string& file, std::string message) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const int64_t line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::string_view on_line = before.substr(before.rfind('\n') + 1);  // npos + 1 == 0
  const int64_t column = std::count_if(on_line.begin(), on_line.end(), [](char c) {
    return (static_cast<uint8_t>(c) & 0xC0) != 0x80;
  });
  return invalid_input(std::move(message)).at(file, line, std::max<int64_t>(1, column));
}

}  // namespace

std::string dump_json(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string dump_json(const nlohmann::ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string dump_json_redacted(const nlohmann::json& value, int indent) {
  return dump_json(redacted(value), indent);
}

std::string dump_json_redacted(const nlohmann::ordered_json& value, int indent) {
  return dump_json(redacted(value), indent);
}

Result<nlohmann::json> parse_json(std::string_view text, const std::string& file) {
  const char* const begin = text.data();
  const char* furthest = begin;
  StrictBuilder builder;
  try {
    if (json::sax_parse(TrackedText(begin, &furthest), TrackedText(begin + text.size(), &furthest),
                        &builder)) {
      return builder.take();
    }
  } catch (const json::exception& exception) {
    return error_at(text, static_cast<size_t>(furthest - begin), file,
                    std::string("not valid JSON: ") + exception.what());
  }
  const size_t byte =
      builder.position() > 0 ? builder.position() : static_cast<size_t>(furthest - begin);
  return error_at(text, byte, file, builder.message());
}

Result<nlohmann::json> load_json(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, read_file(path));
  return parse_json(text, path);
}

nlohmann::json error_to_json(const Error& error) {
  json body = {{"code", error_name(error.code)}, {"message", redact(error.message)}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = redact(value);
  };
  add("mend", error.mend);
  add("file", error.file);
  add("table", error.table);
  add("field", error.field);
  add("key", error.key);
  if (error.line > 0) body["line"] = error.line;
  if (error.column > 0) body["column"] = error.column;
  return {{"error", std::move(body)}};
}

}  // namespace coterie
