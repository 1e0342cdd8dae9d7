#pragma once
// Result<T>: a value or an Error. Every function that can fail on input, I/O or another process
// returns one; ignoring it does not compile.

#include <concepts>
#include <expected>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/error.h"

namespace coterie {

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(Error error) : state_(std::unexpected(std::move(error))) {}
  template <typename U = T>
    requires(!std::same_as<std::remove_cvref_t<U>, Result> &&
             !std::same_as<std::remove_cvref_t<U>, Error> && std::convertible_to<U &&, T>)
  Result(U&& value) : state_(std::forward<U>(value)) {}

  bool ok() const { return state_.has_value(); }
  explicit operator bool() const { return ok(); }

  T& value() & {
    check_value();
    return *state_;
  }
  const T& value() const& {
    check_value();
    return *state_;
  }
  T&& value() && {
    check_value();
    return std::move(*state_);
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return state_.error(); }
  Error&& error() && { return std::move(state_.error()); }

 private:
  void check_value() const {
    if (!ok()) fail_check("value of a failed Result", state_.error().to_text());
  }
  std::expected<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : state_(std::unexpected(std::move(error))) {}

  bool ok() const { return state_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return state_.error(); }
  Error&& error() && { return std::move(state_.error()); }

 private:
  std::expected<void, Error> state_;
};

using Status = Result<void>;

}  // namespace coterie

#define COTERIE_CONCAT_(a, b) a##b
#define COTERIE_CONCAT(a, b) COTERIE_CONCAT_(a, b)

// Returns the error of `expression` (a Result of any type) from the enclosing function.
#define RETURN_IF_ERROR(expression)                               \
  do {                                                            \
    if (auto coterie_result = (expression); !coterie_result.ok()) \
      return std::move(coterie_result).error();                   \
  } while (false)

// ASSIGN_OR_RETURN(const auto rows, count_rows(table));
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_(COTERIE_CONCAT(coterie_result_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_(result, declaration, expression) \
  auto result = (expression);                              \
  if (!result.ok()) return std::move(result).error();      \
  declaration = *std::move(result)
