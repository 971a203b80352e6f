// The private values that are known beforehand: what the helpdesk knows about people, and what an
// earlier redaction put into the vault.
//
// They are found whatever their case, with any white space inside and with invisible characters
// strewn in; telephone numbers with any separators, with or without the country's prefix. A value
// is only found as a whole word, but for what no text holds by chance: 16 letters and digits of a
// credential in a row, whatever stands between them, an address or a bank account without its signs.
// Not thread-safe (the search structure is built on first use).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pipeline/redact/aho_corasick.h"

namespace triage::redact {

// Two spellings of the same value have the same canonical form: card by its digits, phone by its
// last nine (the prefixes vary), credentials as they are, everything else without regard to case
// and blanks.
std::string canonical(std::string_view kind, std::string_view value);

// Credentials and bank accounts long enough that no word holds them by chance.
bool is_unmistakable(std::string_view kind, std::string_view value);

struct KnownHit {
  std::size_t start = 0, end = 0;
  std::string_view kind;
  std::string_view canonical;
};

class KnownValues {
 public:
  // Too short or too common values are not taken (false): they would hide ordinary words.
  bool add(std::string_view kind, std::string_view value);

  // All occurrences; they may overlap. Views point into this object.
  std::vector<KnownHit> find(std::string_view text) const;

  // The kind of a value that stands in `body` as it is, encoded (percent, base64, hex), backwards
  // or turned by 13 letters.
  std::optional<std::string> leaks(std::string_view body) const;

 private:
  struct Value {
    std::string kind, canonical;
    std::string needle;        // folded
    bool capitalised = false;  // a part of a name: "Mark" is private, "mark" is a word
  };
  void build() const;
  void find_digits(std::string_view text, std::vector<KnownHit>& hits) const;
  void find_pieces(std::string_view text, std::vector<KnownHit>& hits) const;

  std::vector<Value> values_;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::string> exact_;  // the values as they were given, for the encoded forms
  mutable bool built_ = false;
  mutable AhoCorasick words_, digits_, encoded_, pieces_;
  mutable std::vector<std::size_t> digit_values_, encoded_values_, piece_values_, piece_sizes_;
};

}  // namespace triage::redact
