// RawText and SafeText: what people wrote, and what may leave this machine.
//
// They are different types on purpose. Only redaction makes a SafeText, and every outward body
// (model request, note, pull request) takes a SafeText, so text cannot leave by forgetting a call.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace triage {

namespace redact {
class Redactor;
}

// Text from outside as it came: UTF-8 is not promised, nothing in it is trusted.
class RawText {
 public:
  RawText() = default;
  explicit RawText(std::string bytes) : bytes_(std::move(bytes)) {}
  const std::string& raw() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  bool operator==(const RawText&) const = default;

 private:
  std::string bytes_;
};

// Valid UTF-8 in which every private value known to redaction is replaced by its placeholder.
class SafeText {
 public:
  SafeText() = default;
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool operator==(const SafeText&) const = default;

 private:
  friend class redact::Redactor;       // makes it
  friend struct SafeTextCodec;         // reloads what redaction made, from our own store
  explicit SafeText(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// For the JSON codec only: a SafeText that this daemon stored earlier.
struct SafeTextCodec {
  static SafeText restore(std::string text) { return SafeText(std::move(text)); }
};

}  // namespace triage
