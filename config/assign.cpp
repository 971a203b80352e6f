#include <algorithm>

#include "config/assign_internal.h"
#include "config/secret_internal.h"
#include "config/units.h"
#include "pipeline/base/codec.h"
#include "pipeline/base/nearest.h"

namespace triage::config {

namespace {

using Complaint = std::optional<std::string>;

class Assigner {
 public:
  Assigner(const Key& key, const Node& value, const Environment& environment)
      : key_(key), value_(value), environment_(environment) {}

  Complaint operator()(std::string* field) const {
    if (Complaint complaint = not_text()) return complaint;
    if (!key_.choices.empty() && std::ranges::find(key_.choices, value_.text) == key_.choices.end())
      return not_a_choice();
    *field = value_.text;
    return std::nullopt;
  }

  Complaint operator()(bool* field) const {
    if (value_.text != "true" && value_.text != "false") return wrong("must be true or false");
    *field = value_.text == "true";
    return std::nullopt;
  }

  Complaint operator()(std::uint16_t* field) const { return whole(field); }
  Complaint operator()(std::uint32_t* field) const { return whole(field); }

  Complaint operator()(std::uint64_t* field) const {
    const auto bytes = parse_size(value_.text);
    if (!bytes) return wrong("must be a size like 512KiB, 25MiB or 2GiB");
    return bounded(field, *bytes, static_cast<double>(*bytes));
  }

  Complaint operator()(double* field) const {
    const auto number = parse_decimal(value_.text);
    if (!number) return wrong("must be a number");
    return bounded(field, *number, *number);
  }

  Complaint operator()(Milliseconds* field) const {
    const auto span = parse_duration(value_.text);
    if (!span) return wrong("must be a duration like 250ms, 60s, 5m or 1h");
    return bounded(field, *span, static_cast<double>(span->count()));
  }

  Complaint operator()(Depth* field) const {
    const auto depth = enum_of<Depth>(value_.text);
    if (!depth) return not_a_choice();
    *field = *depth;
    return std::nullopt;
  }

  Complaint operator()(std::vector<std::string>* field) const {
    std::vector<std::string> texts;
    for (const Node& item : value_.items) {
      if (item.kind != Node::Kind::scalar) return "must be a list of texts, like [one, two]";
      texts.push_back(item.text);
    }
    *field = std::move(texts);
    return std::nullopt;
  }

  Complaint operator()(Secret* field) const {
    auto secret = resolve_secret(value_.text, environment_);
    if (!secret) return ": " + secret.error().message;
    *field = std::move(*secret);
    return std::nullopt;
  }

 private:
  Complaint wrong(const std::string& rule) const { return rule + ", got " + quoted(value_.text); }

  Complaint not_text() const {
    if (is_reference(value_.text))
      return "is not a secret and takes its value as it is, not " + quoted(value_.text);
    return std::nullopt;
  }

  Complaint not_a_choice() const {
    const auto choices = choices_of(key_);
    const std::string_view near = nearest(value_.text, choices);
    return *wrong("must be " + type_text(key_)) +
           (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?");
  }

  template <class T>
  Complaint whole(T* field) const {
    const auto number = parse_whole(value_.text);
    if (!number) return wrong("must be a whole number, " + bounds_text(key_));
    // Declared bounds fit the type: a test holds every row to that.
    return bounded(field, static_cast<T>(*number), static_cast<double>(*number));
  }

  template <class T>
  Complaint bounded(T* field, T value, double in_unit) const {
    if (in_unit < key_.low || in_unit > key_.high) return wrong("must be " + bounds_text(key_));
    *field = value;
    return std::nullopt;
  }

  const Key& key_;
  const Node& value_;
  const Environment& environment_;
};

}  // namespace

std::optional<std::string> assign(const Key& key, const Field& field, const Node& value,
                                  const Environment& environment) {
  const bool wants_list = std::holds_alternative<std::vector<std::string>*>(field);
  if (wants_list && value.kind != Node::Kind::list)
    return "must be a list of texts, like [one, two]";
  if (!wants_list && value.kind != Node::Kind::scalar)
    return "must be one value: " + type_text(key);
  return std::visit(Assigner(key, value, environment), field);
}

}  // namespace triage::config
