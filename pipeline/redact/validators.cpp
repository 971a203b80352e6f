#include "pipeline/redact/validators.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "pipeline/base/ascii.h"
#include "pipeline/base/digest.h"
#include "pipeline/base/json.h"

namespace triage::redact {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) { return is_digit(c) || is_upper(c) || is_lower(c); }

char before(const Candidate& c) { return c.start == 0 ? '\0' : c.text[c.start - 1]; }
char after(const Candidate& c, std::size_t skip = 0) {
  return c.end + skip < c.text.size() ? c.text[c.end + skip] : '\0';
}

template <class Keep>
std::string kept(std::string_view value, Keep keep) {
  std::string out;
  std::copy_if(value.begin(), value.end(), std::back_inserter(out), keep);
  return out;
}

bool luhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    const int twice = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += i % 2 == 1 ? twice : digit;
  }
  return sum % 10 == 0;
}

struct CardRange {
  int first, last;  // of the first four digits
  std::size_t shortest, longest;
};
constexpr std::array<CardRange, 13> kCards{{{1800, 1800, 15, 15},  // JCB
                                            {2131, 2131, 15, 15},
                                            {2221, 2720, 16, 16},    // Mastercard
                                            {3000, 3059, 14, 19},    // Diners
                                            {3088, 3094, 16, 19},    // JCB
                                            {3400, 3499, 15, 15},    // American Express
                                            {3528, 3589, 16, 19},    // JCB
                                            {3600, 3999, 14, 19},    // Diners, American Express
                                            {4000, 4999, 13, 19},    // Visa
                                            {5000, 5999, 12, 19},    // Mastercard, Maestro
                                            {6011, 6011, 16, 19},    // Discover
                                            {6200, 6299, 16, 19},    // UnionPay
                                            {6300, 6799, 12, 19}}};  // Discover, Maestro

struct IbanCountry {
  std::string_view code;
  std::size_t length;
};
constexpr std::array<IbanCountry, 82> kIban{
    {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
     {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
     {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
     {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
     {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27},
     {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
     {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20}, {"MR", 27},
     {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28},
     {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31},
     {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
     {"TL", 23}, {"TN", 24}}};
constexpr std::array<IbanCountry, 5> kIbanMore{
    {{"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}}};

std::size_t iban_length(std::string_view code) {
  for (const IbanCountry& country : kIban) {
    if (country.code == code) return country.length;
  }
  for (const IbanCountry& country : kIbanMore) {
    if (country.code == code) return country.length;
  }
  return 0;
}

bool mod97_is_one(std::string_view compact) {
  int rest = 0;
  const std::string turned = std::string(compact.substr(4)) + std::string(compact.substr(0, 4));
  for (const char c : turned) {
    rest = is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest == 1;
}

// The lower-cased word that ends right before the match, blanks skipped.
std::string word_in_front(const Candidate& c) {
  std::size_t end = c.start;
  while (end > 0 && (c.text[end - 1] == ' ' || c.text[end - 1] == ':' || c.text[end - 1] == '=' ||
                     c.text[end - 1] == '"'))
    --end;
  std::size_t start = end;
  while (start > 0 && end - start < 24 && is_alnum(c.text[start - 1])) --start;
  return lower_ascii(c.text.substr(start, end - start));
}

template <std::size_t N>
bool one_of(std::string_view value, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

struct Shape {
  std::size_t digits = 0, uppers = 0, lowers = 0, others = 0;
};
Shape shape_of(std::string_view value) {
  Shape s;
  for (const char c : value) {
    if (is_digit(c))
      ++s.digits;
    else if (is_upper(c))
      ++s.uppers;
    else if (is_lower(c))
      ++s.lowers;
    else
      ++s.others;
  }
  return s;
}

// "test_overflow_issue16": three words or more joined by "_", a few digits at the end of some. What
// generators write has capitals, or digits between its letters.
bool is_name_in_code(std::string_view value) {
  constexpr std::size_t kMostDigits = 6;
  std::size_t parts = 1, digits = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool after_digit = i > 0 && is_digit(value[i - 1]);
    if (c == '_') {
      ++parts;
    } else if (is_digit(c)) {
      ++digits;
    } else if (!is_lower(c) || after_digit) {
      return false;
    }
  }
  return parts >= 3 && digits <= kMostDigits;
}

// Values that people write where a secret would stand.
bool is_example(std::string_view value) {
  static constexpr std::array<std::string_view, 18> kWords{
      "example",    "changeme", "placeholder", "your_",    "your-",    "yourtoken",
      "xxxxx",      "*****",    "....",        "redacted", "abcdefgh", "process.env",
      "os.environ", "getenv",   "secrets.",    "dummy",    "sample",   "null"};
  const std::string low = lower_ascii(value);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view w) { return low.find(w) != std::string::npos; });
}

}  // namespace

double entropy(std::string_view value) {
  std::array<std::size_t, 256> counts{};
  for (const char c : value) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(value.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool valid_card(Candidate& c) {
  const std::string digits = kept(c.value(), is_digit);
  if (is_digit(before(c)) || is_digit(after(c))) return false;
  if ((before(c) == '.' || before(c) == '-') && c.start >= 2 && is_digit(c.text[c.start - 2]))
    return false;
  if (digits.size() < 12) return false;
  const int head = std::stoi(digits.substr(0, 4));
  const bool known = std::any_of(kCards.begin(), kCards.end(), [&](const CardRange& r) {
    return head >= r.first && head <= r.last && digits.size() >= r.shortest &&
           digits.size() <= r.longest;
  });
  return known && luhn(digits);
}

bool valid_iban(Candidate& c) {
  const std::string_view value = c.value();
  std::string code = lower_ascii(value.substr(0, 2));
  std::transform(code.begin(), code.end(), code.begin(),
                 [](char l) { return static_cast<char>(l - 32); });
  const std::size_t length = iban_length(code);
  if (length == 0) return false;
  std::string compact;
  std::size_t used = 0;
  while (used < value.size() && compact.size() < length) {
    const char letter = value[used++];
    if (is_alnum(letter)) compact += is_lower(letter) ? static_cast<char>(letter - 32) : letter;
  }
  c.end = c.start + used;
  return compact.size() == length && !is_alnum(after(c)) && mod97_is_one(compact);
}

bool valid_ipv4(Candidate& c) {
  static constexpr std::array<std::string_view, 8> kVersionWords{
      "version", "v", "ver", "release", "build", "chrome", "firmware", "safari"};
  static constexpr std::array<std::string_view, 3> kKept{"127.0.0.1", "0.0.0.0", "255.255.255.255"};
  const char front = before(c);
  if (is_alnum(front) || front == '.' || front == '_' || is_alnum(after(c))) return false;
  if (front == '/' && c.start >= 2 && is_alnum(c.text[c.start - 2]))
    return false;  // Chrome/1.2.3.4
  if ((after(c) == '.' || after(c) == '-') && is_alnum(after(c, 1))) return false;
  in_addr address{};
  const std::string value(c.value());
  return inet_pton(AF_INET, value.c_str(), &address) == 1 && !one_of(value, kKept) &&
         !one_of(word_in_front(c), kVersionWords);
}

bool valid_ipv6(Candidate& c) {
  const char front = before(c);
  if (is_alnum(front) || front == ':' || front == '.' || front == '_' || is_alnum(after(c)) ||
      after(c) == ':' || after(c) == '_')
    return false;
  const std::string value(c.value());
  in6_addr address{};
  if (inet_pton(AF_INET6, value.c_str(), &address) != 1) return false;
  return std::any_of(value.begin(), value.end(), is_digit) && value != "::1" && value.size() > 3;
}

bool valid_mac(Candidate& c) {
  const auto joins = [](char x) { return is_alnum(x) || x == ':' || x == '-' || x == '.'; };
  const std::string hex = lower_ascii(kept(c.value(), is_alnum));
  const bool ends = !joins(before(c)) && !(joins(after(c)) && is_alnum(after(c, 1)));
  return ends && hex != "000000000000" && hex != "ffffffffffff";
}

bool valid_phone(Candidate& c) {
  while (c.end > c.start && !is_digit(c.text[c.end - 1])) --c.end;
  const std::string_view value = c.value();
  const std::string_view main = value.substr(0, value.find('x'));  // without an extension
  const std::size_t digits = kept(main, is_digit).size();
  const char front = before(c), behind = after(c);
  const auto joins = [](char x) {
    return is_alnum(x) || x == '_' || x == '.' || x == '-' || x == '/' || x == ':' || x == '=' ||
           x == '#' || x == '&' || x == '%';
  };
  const bool international = value.front() == '+' || value.substr(0, 2) == "(+";
  if (international ? is_alnum(front)
                    : joins(front) && front != ':' && front != '/' && front != '=')
    return false;
  if (is_alnum(behind) || behind == '_' ||
      ((behind == '.' || behind == '-' || behind == ':' || behind == '/') && is_digit(after(c, 1))))
    return false;
  // Groups of digits that go on to the left are an account or serial number.
  if (!international && front == ' ' && c.start >= 2 && is_digit(c.text[c.start - 2])) return false;
  return digits >= (international ? 8U : 9U) && digits <= 15;
}

bool valid_email(Candidate& c) {
  while (c.end > c.start && (c.text[c.end - 1] == '.' || c.text[c.end - 1] == '-')) --c.end;
  const std::string_view value = c.value();
  const std::size_t dot = value.rfind('.');
  static constexpr std::array<std::string_view, 9> kFileEndings{
      "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "json"};  // logo@2x.png
  return dot != std::string_view::npos && value.size() - dot > 2 && value.find('@') < dot &&
         !one_of(lower_ascii(value.substr(dot + 1)), kFileEndings) &&
         value.find("..") == std::string_view::npos;
}

bool valid_ssn(Candidate& c) {
  const std::string digits = kept(c.value(), is_digit);
  const auto joins = [](char x) { return is_alnum(x) || x == '-' || x == '.'; };
  if (digits.size() != 9 || joins(before(c)) || is_alnum(after(c)) ||
      (after(c) == '-' && is_digit(after(c, 1))))
    return false;
  return digits.substr(0, 3) != "000" && digits.substr(0, 3) != "666" && digits[0] != '9' &&
         digits.substr(3, 2) != "00" && digits.substr(5) != "0000";
}

bool valid_jwt(Candidate& c) {
  const std::string_view value = c.value();
  const auto header = from_base64(value.substr(0, value.find('.')));
  if (!header) return false;
  const auto json = parse_json(*header);
  return json.ok() && (json->contains("alg") || json->contains("enc") || json->contains("typ"));
}

bool random_token(Candidate& c) {
  const Shape s = shape_of(c.value());
  return s.digits > 0 && s.uppers + s.lowers > 0 && !is_example(c.value().substr(0, 64));
}

bool prefixed_token(Candidate& c) { return random_token(c) && !is_name_in_code(c.value()); }

bool assigned_secret(Candidate& c) {
  while (c.end > c.start &&
         (c.text[c.end - 1] == '.' || c.text[c.end - 1] == ',' || c.text[c.end - 1] == ';'))
    --c.end;
  const std::string_view value = c.value();
  if (value.size() < 10 || after(c) == '(' || after(c) == '[' || is_example(value)) return false;
  const Shape s = shape_of(value);
  const std::size_t letters = s.uppers + s.lowers;
  if (letters == 0) return false;
  if (s.digits == 0 && !(value.size() >= 20 && s.uppers > 3 && s.lowers > 3 && s.others == 0))
    return false;
  if (value.find("://") != std::string_view::npos || (value.front() == '/' && s.digits < 4) ||
      value.front() == '.')
    return false;
  // Names in code are words joined by one kind of sign; generators scatter digits.
  if (s.digits < 2 && s.others > 1) return false;
  return true;
}

bool stated_password(Candidate& c) {
  while (c.end > c.start &&
         (c.text[c.end - 1] == '.' || c.text[c.end - 1] == ',' || c.text[c.end - 1] == ';'))
    --c.end;
  const std::string_view value = c.value();
  if (value.size() < 5 || after(c) == '(' || value.find("://") != std::string_view::npos)
    return false;
  if (value.front() == '$' || value.front() == '%' || value.front() == '{' || is_example(value))
    return false;
  const char front = before(c);
  const bool quoted = (front == '"' || front == '\'' || front == '`') && after(c) == front;
  const Shape s = shape_of(value);
  if (s.digits > 0 && s.uppers + s.lowers > 0)
    return value.find('(') == std::string_view::npos || quoted;
  if (s.digits >= 6 && s.others == 0 && s.uppers + s.lowers == 0) return quoted;
  return quoted && value.size() >= 8 && s.others > 0 && value.find('_') == std::string_view::npos;
}

}  // namespace triage::redact
