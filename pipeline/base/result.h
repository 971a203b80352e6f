// Result<T>: a value or an Error, and the two macros that pass errors on.
//
// Functions that can fail for reasons outside the program return Result; nothing of ours throws.
// An Error says what the caller can do next (ErrorKind) and, in words for an operator, what
// happened. It never holds a secret or the text of a ticket. Ignoring a Result is a compile error.
#pragma once

#include <cassert>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace triage {

// Chosen by what the caller does next, never by where the error came from.
enum class ErrorKind {
  invalid_input,   // the caller's data is wrong: show it, do not retry
  not_found,       // the thing named does not exist
  conflict,        // it exists already or changed underneath: look again, then decide
  denied,          // not allowed: a person has to grant it
  unavailable,     // the other side is down: retry with back-off
  rate_limited,    // retry not before Error::retry_at
  timeout,         // the deadline passed: the outcome may be unknown
  exhausted,       // disk, memory, budget: free some, then retry
  corrupt,         // stored data is damaged: stop and ask a person
  internal,        // a bug of ours
};

std::string_view to_string(ErrorKind kind);
// Whether the same attempt can succeed later, without anybody doing anything.
bool is_retryable(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  // For rate_limited: the earliest moment at which a retry makes sense.
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> retry_at = std::nullopt;

  // The same error with "context: " put before its message.
  Error with_context(std::string_view context) const;
};

inline Error invalid_input(std::string message) {
  return {ErrorKind::invalid_input, std::move(message)};
}
inline Error internal_error(std::string message) { return {ErrorKind::internal, std::move(message)}; }

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(*-explicit-*)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(*-explicit-*)
  template <class U>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, T>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return assert(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return assert(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T fallback) && { return ok() ? std::move(*this).value() : std::move(fallback); }

  const Error& error() const& { return assert(!ok()), *std::get_if<1>(&state_); }
  Error&& error() && { return assert(!ok()), std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { assert(ok()); }
  const Error& error() const& { return assert(!ok()), *error_; }
  Error&& error() && { return assert(!ok()), std::move(*error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace triage

// TRY(expr): the value of a Result, or return its error from the enclosing function.
#define TRY(expression)                                                \
  __extension__({                                                      \
    auto try_result_ = (expression);                                   \
    if (!try_result_.ok()) return std::move(try_result_).error();      \
    std::move(try_result_).value();                                    \
  })

// TRY_CTX(expr, "post draft to zendesk"): the same, with context put before the message.
#define TRY_CTX(expression, context)                                                \
  __extension__({                                                                   \
    auto try_result_ = (expression);                                                \
    if (!try_result_.ok()) return std::move(try_result_).error().with_context(context); \
    std::move(try_result_).value();                                                 \
  })
