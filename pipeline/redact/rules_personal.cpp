// Personal data that has a form of its own. What has none (names, addresses, companies) is known
// from the helpdesk: see known_values.h.
#include "pipeline/redact/rules.h"

namespace triage::redact {

// clang-format off
std::span<const Rule> personal_rules() {
  constexpr auto P = RuleClass::personal;
  static const std::vector<Rule> kRules{
    {"email", "EMAIL", P, R"([A-Za-z0-9\x{A1}-\x{1FFF}\x{2C00}-\x{FFFC}._%+'\-]+@(?:[A-Za-z0-9\x{C0}-\x{1FFF}\x{3041}-\x{FEFE}\-]+\.)+[A-Za-z\x{C0}-\x{1FFF}\x{3041}-\x{FEFE}][A-Za-z0-9\x{C0}-\x{1FFF}\x{3041}-\x{FEFE}\-]+)", {"@"}, valid_email, 0,
      {"write to jane.doe+x@mail.example.co.uk.", "<JANE@EXAMPLE.COM>", "müller@köln.example"},
      {"@decorator", "user@localhost", "git@v1.2", "icon@2x.png", "a@b"}},
    {"phone-international", "PHONE", P, R"((?:\(\+\d{1,3}\)|\+\d{1,3}|\b00[1-9]\d{0,2}[ ./\-])(?:[ ./\-]{0,2}(?:\(0\))?[ ]?\(?\d{1,5}\)?){2,7}(?: ?(?:x|ext\.?) ?\d{1,6})?)", {}, valid_phone, 0,
      {"call +49 170 1234567 now", "+1 (555) 123-4567", "+442079460958", "0049 30 901820-0", "+33 1 23 45 67 89"},
      {"+1", "a+1234567890123", "2024-01-01T10:00:00+0100", "x = y + 10000", "diff @@ -12,7 +12,9 @@"}},
    {"phone-north-america", "PHONE", P, R"((?:\b1[ .\-])?(?:\([2-9]\d{2}\) ?|\b[2-9]\d{2}[.\- ])\d{3}[.\- ]\d{4}\b(?: ?(?:x|ext\.?) ?\d{1,6})?)", {}, valid_phone, 0,
      {"(555) 123-4567", "555-123-4567", "call 1-555-123-4567 x99"},
      {"order 555-123-45678", "v555.123.4567", "1.555.123.4567.2", "192.168.100.2000"}},
    {"phone-national", "PHONE", P, R"(\b0[1-9]\d{0,4}(?:[ /.\-]{1,3}\d{2,8}){1,5}\b|\(0\d{1,5}\)[ /\-]{0,2}\d{2,8}(?:[ \-]\d{2,6}){0,3})", {}, valid_phone, 0,
      {"030 / 901820", "Tel. 0170 1234567", "01 23 45 67 89", "(030) 901820-12", "020 7946 0958"},
      {"2024-01-02 10:00:00", "at 09.05.2024", "0.123456789", "id 01234567890123456789", "2024-01-02 103000"}},
    {"phone-named", "PHONE", P, R"((?i)\b(?:phone|tel|telephone|telefon|mobile|mobil|handy|cell|fax|whatsapp|call me(?: back)?)(?: ?(?:number|no|nr))?(?:\.|:|=| is| at| on| under)?:?[ \t]{0,3}(\+?\(?\d[\d ()./\-]{7,20}\d))", {"phone", "tel", "mobil", "handy", "cell", "fax", "whatsapp", "call me"}, valid_phone, 0,
      {"Phone: 5551234567", "my mobile is 0170 1234567", "fax 030901820"},
      {"phone 12", "cell 3 of 10", "telemetry 1234567890", "call me at 10:30"}},
    {"card", "CARD", P, R"(\b\d(?:[ \-]?\d){11,18}\b)", {}, valid_card, 0,
      {"4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011111111111117"},
      {"4111 1111 1111 1112", "1234567890123456", "order 1609459200000", "0.4111111111111111"}},
    {"iban", "IBAN", P, R"((?i)\b[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]){11,30})", {}, valid_iban, 0,
      {"DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432 thanks", "to FR14 2004 1010 0505 0001 3M02 606."},
      {"DE89 3704 0044 0532 0130 01", "AB12 3456 7890 1234 5678", "commit de89370400440532013000ff"}},
    {"ipv4", "IP", P, R"(\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b)", {}, valid_ipv4, 0,
      {"from 10.20.30.40:8080", "192.168.0.1", "http://203.0.113.9/x"},
      {"127.0.0.1", "0.0.0.0", "version 1.2.3.4", "v1.2.3.4", "Chrome/120.0.0.0", "1.2.3.4.5", "1.2.3.400", "lib-1.2.3.4-rc1"}},
    {"ipv6", "IP", P, R"((?i)(?:[0-9a-f]{1,4}:|:)(?:[0-9a-f]{0,4}:){1,6}(?:[0-9a-f]{0,4}|\d{1,3}(?:\.\d{1,3}){3})(?:/\d{1,3})?)", {":"}, valid_ipv6, 0,
      {"2001:db8::8a2e:370:7334", "fe80::1", "[2001:db8:0:1:1:1:1:1]:443"},
      {"::1", "std::vector", "12:34:56", "foo::bar::1", "a::b", "2024-01-01T12:34:56"}},
    {"mac", "MAC", P, R"((?i)\b[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})\b|\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b)", {}, valid_mac, 0,
      {"00:1A:2b:3c:4D:5e", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"},
      {"00:00:00:00:00:00", "12:34:56", "00:1a:2b:3c:4d:5e:6f:70"}},
    {"us-social-security", "NATIONAL_ID", P, R"(\b\d{3}-\d{2}-\d{4}\b)", {"-"}, valid_ssn, 0,
      {"SSN 078-05-1120"}, {"000-12-3456", "666-12-3456", "2024-01-01", "1-078-05-1120"}},
  };
  return kRules;
}
// clang-format on

}  // namespace triage::redact
