// What a pattern cannot say: check digits, structure, randomness, and what stands around a match.
//
// A validator is given the whole text and the match in it. It may shrink the match (a pattern can
// run on into the next word) and says whether it is one. Pure, linear in the match.
#pragma once

#include <cstddef>
#include <string_view>

namespace triage::redact {

struct Candidate {
  std::string_view text;  // all of it
  std::size_t start = 0, end = 0;
  std::string_view value() const { return text.substr(start, end - start); }
};

using Validator = bool (*)(Candidate& candidate);

bool valid_card(Candidate& c);  // known prefix, length, Luhn
bool valid_iban(Candidate& c);  // length of the country, mod 97 (ISO 13616)
bool valid_ipv4(Candidate& c);  // octets; not a version; not this machine
bool valid_ipv6(Candidate& c);
bool valid_mac(Candidate& c);
bool valid_phone(Candidate& c);  // 8 to 15 digits that are not part of something longer
bool valid_email(Candidate& c);
bool valid_ssn(Candidate& c);
bool valid_jwt(Candidate& c);        // the header is a JSON object with "alg"
bool random_token(Candidate& c);     // digits and letters mixed, as generators write them
bool prefixed_token(Candidate& c);   // the same, and no name in code: "test_overflow_issue16"
bool assigned_secret(Candidate& c);  // the right side of `token = …`: random, not code
bool stated_password(Candidate& c);  // the right side of "password: …": anything but a plain word

// Bits per byte (Shannon), 0…8.
double entropy(std::string_view value);

}  // namespace triage::redact
