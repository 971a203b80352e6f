// The declaration of a key: the one row from which reading, checking and all documents are made.
//
// A row points at its field in Settings, and the field's C++ type is the key's type: a uint16/32 is
// an integer, a uint64 a size in bytes, Milliseconds a duration, a Secret only ever ${…}. Defaults
// are the field's own initialisers in settings.h. "*" in a path stands for the name of an entry; rows
// of one section stand together.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "config/settings.h"

namespace triage::config {

// Where a row's field lives: in the settings, or in the entry that is being looked at. `model` is
// Settings::model outside of entries.
struct Scope {
  Settings* settings = nullptr;
  ProjectSettings* project = nullptr;
  SourceSettings* source = nullptr;
  ModelSettings* model = nullptr;
};

using Field = std::variant<std::string*, bool*, std::uint16_t*, std::uint32_t*, std::uint64_t*,
                           double*, Milliseconds*, Depth*, std::vector<std::string>*, Secret*>;

struct Key {
  std::string_view path;  // "server.port", "projects.*.branch"
  Field (*field)(const Scope&) = nullptr;
  bool of_endpoint = false;  // of "model": a key of the entries of "models" as well
  std::string_view help;  // one sentence
  double low = 0;         // in the field's unit: milliseconds, bytes, or as is
  double high = std::numeric_limits<double>::infinity();
  std::string_view unit = {};                      // for people: "USD", "tokens"
  std::span<const std::string_view> choices = {};  // of a text
  bool required = false;
  std::string_view example = {};  // shown where the default is empty

  std::string_view section() const;  // "server", "projects.*", or empty
  std::string_view name() const;     // "port"
};

struct Section {
  std::string_view path;
  std::string_view help;
  std::string_view example;  // the name that stands for "*" in the example file
};

std::span<const Key> keys();
std::span<const Section> sections();  // in the order of keys()

// For people and for YAML, from the field's type.
std::string type_text(const Key& key);       // "integer", "one of debug, info, …"
std::string bounds_text(const Key& key);     // "0…65535 tokens"; empty: none
std::string value_text(const Field& field);  // as it is written in YAML; secrets: ""
std::span<const std::string_view> choices_of(const Key& key);  // of a text or an enum

// One visitor of several lambdas.
template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

// A key's default, read from default-constructed settings.
template <class Visitor>
auto with_default(const Key& key, Visitor&& visitor) {
  Settings settings;
  ProjectSettings project;
  SourceSettings source;
  return std::visit(visitor, key.field(Scope{&settings, &project, &source, &settings.model}));
}

}  // namespace triage::config
