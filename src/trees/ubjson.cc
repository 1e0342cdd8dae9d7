#include "trees/ubjson.h"

#include <bit>
#include <cstdint>

#include <fmt/format.h>

#include "base/utf8.h"

namespace coterie::trees {
namespace {

using nlohmann::json;

constexpr int kDeepest = 64;

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  Result<json> whole() {
    ASSIGN_OR_RETURN(json value, value_of(marker(), 0));
    if (at_ != bytes_.size()) return fault("bytes after the end of the value");
    return value;
  }

 private:
  Error fault(std::string_view what) const {
    return corrupt(fmt::format("byte {}: {}", at_, what)).at(file_);
  }

  // 0 at the end, which is no marker. No-ops are skipped.
  char marker() {
    while (at_ < bytes_.size() && bytes_[at_] == 'N') ++at_;
    return at_ < bytes_.size() ? bytes_[at_++] : '\0';
  }
  char peek() {
    while (at_ < bytes_.size() && bytes_[at_] == 'N') ++at_;
    return at_ < bytes_.size() ? bytes_[at_] : '\0';
  }

  template <typename Bits>
  Result<Bits> number() {
    if (bytes_.size() - at_ < sizeof(Bits)) return fault("the end in the middle of a number");
    Bits value = 0;
    for (size_t i = 0; i < sizeof(Bits); ++i) {
      value = static_cast<Bits>(static_cast<uint64_t>(value) << 8 |
                                static_cast<uint8_t>(bytes_[at_++]));
    }
    return value;
  }

  template <typename Bits, typename Value>
  Result<json> scalar() {
    ASSIGN_OR_RETURN(const Bits bits, number<Bits>());
    return json(std::bit_cast<Value>(bits));
  }

  Result<uint64_t> size_of() {
    ASSIGN_OR_RETURN(const json size, value_of(marker(), kDeepest));
    if (!size.is_number_integer() || size < 0) return fault("a size that is no whole number");
    const auto count = size.get<uint64_t>();
    // Every element, also of a container, has at least a byte.
    if (count > bytes_.size() - at_) return fault("a size beyond the end");
    return count;
  }

  Result<std::string> text() {
    ASSIGN_OR_RETURN(const uint64_t size, size_of());
    std::string value(bytes_.substr(at_, size));
    if (find_invalid_utf8(value) != std::string_view::npos) return fault("text that is not UTF-8");
    at_ += size;
    return value;
  }

  struct Shape {
    char type = '\0';  // of all elements
    bool counted = false;
    uint64_t count = 0;
  };
  Result<Shape> shape() {
    Shape shape;
    if (peek() == '$') {
      ++at_;
      shape.type = marker();
      // Elements without bytes would make memory of nothing.
      if (std::string_view("iUIlLdDSC[{").find(shape.type) == std::string_view::npos) {
        return fault("a type that elements cannot share");
      }
      if (peek() != '#') return fault("a type without a count");
    }
    if (peek() == '#') {
      ++at_;
      shape.counted = true;
      ASSIGN_OR_RETURN(shape.count, size_of());
    }
    return shape;
  }

  Result<json> array(int depth) {
    ASSIGN_OR_RETURN(const Shape form, shape());
    json::array_t values;
    while (form.counted ? values.size() < form.count : peek() != ']') {
      ASSIGN_OR_RETURN(json value, value_of(form.type != '\0' ? form.type : marker(), depth));
      values.push_back(std::move(value));
    }
    if (!form.counted) ++at_;
    return json(std::move(values));
  }

  Result<json> object(int depth) {
    ASSIGN_OR_RETURN(const Shape form, shape());
    json::object_t members;
    for (uint64_t i = 0; form.counted ? i < form.count : peek() != '}'; ++i) {
      ASSIGN_OR_RETURN(std::string key, text());
      ASSIGN_OR_RETURN(json value, value_of(form.type != '\0' ? form.type : marker(), depth));
      if (!members.emplace(key, std::move(value)).second) {
        return fault(fmt::format("a second member '{}'", key));
      }
    }
    if (!form.counted) ++at_;
    return json(std::move(members));
  }

  Result<json> value_of(char type, int depth) {
    switch (type) {
      case 'Z':
        return json(nullptr);
      case 'T':
        return json(true);
      case 'F':
        return json(false);
      case 'i':
        return scalar<uint8_t, int8_t>();
      case 'U':
        return scalar<uint8_t, uint8_t>();
      case 'I':
        return scalar<uint16_t, int16_t>();
      case 'l':
        return scalar<uint32_t, int32_t>();
      case 'L':
        return scalar<uint64_t, int64_t>();
      case 'd':
        return scalar<uint32_t, float>();
      case 'D':
        return scalar<uint64_t, double>();
      default:
        return compound(type, depth);
    }
  }

  Result<json> compound(char type, int depth) {
    if (depth >= kDeepest) return fault("a number was expected, or nesting is too deep");
    if (type == 'S') {
      ASSIGN_OR_RETURN(std::string value, text());
      return json(std::move(value));
    }
    if (type == '[') return array(depth + 1);
    if (type == '{') return object(depth + 1);
    if (type == '\0') return fault("the end in the middle of a value");
    return fault("no type that UBJSON knows");
  }

  std::string_view bytes_;
  const std::string& file_;
  size_t at_ = 0;
};

}  // namespace

Result<nlohmann::json> parse_ubjson(std::string_view bytes, const std::string& file) {
  return Reader(bytes, file).whole();
}

}  // namespace coterie::trees
