#include "pipeline/propose/nearly_json.h"

#include <array>
#include <cctype>
#include <cstdio>

#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxDepth = 64;

// Rewrites the JSON value that begins at the start of `text`.
class Tolerant {
 public:
  explicit Tolerant(std::string_view text) : text_(text) { read(); }

  NearlyJson take() { return {std::move(out_), cut_off_}; }

 private:
  void read() {
    for (; at_ < text_.size() && !done_; ++at_) {
      if (in_string_) {
        string_char();
      } else {
        plain_char();
      }
    }
    if (done_) return;
    cut_off_ = true;
    if (stack_.empty() || stack_.front() != '{' || complete_ == 0) return;
    out_.resize(complete_);
    out_ += '}';
  }

  char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }

  void string_char() {
    const char c = text_[at_];
    if (c == '"') {
      in_string_ = false;
    } else if (c == '\\') {
      escape();
      return;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c));
      out_ += code.data();
      return;
    }
    out_ += c;
  }

  // "\d" of a pattern and "C:\dir" are no escapes; the backslash was meant.
  void escape() {
    const char c = next();
    const auto hex = [&](size_t i) {
      return at_ + i < text_.size() &&
             std::isxdigit(static_cast<unsigned char>(text_[at_ + i])) != 0;
    };
    const bool known =
        c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    if (known || (c == 'u' && hex(2) && hex(3) && hex(4) && hex(5))) {
      out_.append(text_.substr(at_, 2));
      ++at_;
    } else {
      out_ += "\\\\";
    }
  }

  void plain_char() {
    const char c = text_[at_];
    if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      stack_ += c;
      done_ = stack_.size() > kMaxDepth;
    } else if (c == '}' || c == ']') {
      close();
    } else if (c == ',' && stack_.size() == 1) {
      complete_ = out_.size();
    } else if (c == '/' && (next() == '/' || next() == '*')) {
      comment();
      return;
    } else if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word();
      return;
    }
    out_ += c;
  }

  void close() {
    const size_t last = out_.find_last_not_of(" \t\r\n");
    if (last != std::string::npos && out_[last] == ',') out_.resize(last);
    if (!stack_.empty()) stack_.pop_back();
    done_ = stack_.empty();
  }

  void comment() {
    const bool line = next() == '/';
    const size_t end = text_.find(line ? "\n" : "*/", at_ + 2);
    at_ = end == std::string_view::npos ? text_.size() : end + (line ? 0 : 1);
  }

  void word() {
    size_t end = at_;
    while (end < text_.size() && is_word_char(text_[end])) ++end;
    const std::string_view found = text_.substr(at_, end - at_);
    out_ += found == "None" || found == "NaN" ? "null" : lower_ascii(found);
    at_ = end - 1;
  }

  std::string_view text_;
  std::string out_;
  std::string stack_;
  size_t at_ = 0;
  size_t complete_ = 0;  // of `out_`: behind the last complete member of the object
  bool in_string_ = false;
  bool done_ = false;
  bool cut_off_ = false;
};

}  // namespace

NearlyJson rewrite_json(std::string_view text) { return Tolerant(text).take(); }

}  // namespace triage::propose
