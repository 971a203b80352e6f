#include "pipeline/publish/hosts.h"

#include <algorithm>
#include <array>

#include "pipeline/base/ascii.h"

namespace triage::publish {
namespace {

// Domains that hold no dictionary word, so that a string such as "page.info" is no host.
constexpr auto kDomains = std::to_array<std::string_view>(
    {"ai", "biz", "br", "ch", "cn", "co", "com", "de", "dev", "edu", "eu", "example", "fr", "gov",
     "icu", "invalid", "io", "jp", "kr", "mil", "net", "nl", "onion", "org", "pl", "pw", "ru", "su",
     "test", "uk", "us", "xyz"});

// "pricing.py:88" is a line of a file, unless the number is one that servers listen on.
constexpr auto kFileEndings = std::to_array<std::string_view>(
    {"c", "cc", "cpp", "cs", "css", "go", "h", "hpp", "html", "java", "js", "json", "jsx", "kt",
     "lua", "md", "php", "pl", "py", "rb", "rs", "scala", "sh", "sql", "swift", "toml", "ts", "tsx",
     "txt", "vue", "xml", "yaml", "yml"});
constexpr auto kPorts = std::to_array<std::string_view>(
    {"20", "21", "22", "23", "25", "53", "80", "110", "143", "389", "443", "445", "465", "587",
     "636", "993", "995", "1433", "3306", "3389", "5432", "5672", "6379", "8000", "8080", "8443", "8888",
     "9000", "9090", "9200", "11211", "27017", "4444", "1337"});

constexpr auto kPrograms = std::to_array<std::string_view>(
    {"curl", "wget", "nc", "ncat", "netcat", "ssh", "scp", "sftp", "rsync", "telnet", "ping", "dig",
     "nslookup", "host", "ftp", "socat"});

constexpr auto kNobodys = std::to_array<std::string_view>(
    {"localhost", "::1", "::", "0.0.0.0", "example.com", "example.org", "example.net",
     "www.example.com", "www.example.org", "www.example.net",
     // Names of XML vocabularies, which nobody calls.
     "www.w3.org", "schemas.xmlsoap.org", "schemas.openxmlformats.org", "json-schema.org"});

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_name(char c) {
  const bool beyond_ascii = static_cast<unsigned char>(c) >= 0x80;
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || beyond_ascii;
}
bool is_part_of_ipv6(char c) { return is_hex(c) || c == ':' || c == '.'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

bool is_ipv4(std::string_view host) {
  int parts = 0;
  while (true) {
    const std::size_t end = std::min(host.find('.'), host.size());
    if (end == 0 || end > 3 || !std::ranges::all_of(host.substr(0, end), is_digit)) return false;
    int value = 0;
    for (const char c : host.substr(0, end)) value = value * 10 + (c - '0');
    if (value > 255) return false;
    ++parts;
    if (end == host.size()) return parts == 4;
    host.remove_prefix(end + 1);
  }
}

// "2001:db8::7", not "12:30:45" nor "std::hash".
bool is_ipv6(std::string_view host) {
  const bool signs = std::ranges::all_of(host, is_part_of_ipv6);
  const auto colons = std::ranges::count(host, ':');
  return signs && colons >= 2 && (host.find("::") != std::string_view::npos || colons == 7) &&
         std::ranges::any_of(host, is_digit);
}

class Finder {
 public:
  explicit Finder(std::string_view text) : text_(text) {}

  std::set<std::string> find() {
    urls();
    relative_urls();
    names();
    addresses();
    return std::move(hosts_);
  }

 private:
  char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\n'; }
  char before(std::size_t i) const { return i > 0 ? text_[i - 1] : '\n'; }

  void add(std::string_view host) {
    while (host.ends_with('.')) host.remove_suffix(1);
    while (host.starts_with('.')) host.remove_prefix(1);
    const std::string name = lower_ascii(host);
    if (name.empty() || is_one_of(name, kNobodys) || (is_ipv4(name) && name.starts_with("127.")))
      return;
    hosts_.insert(name);
  }

  // The host of what follows "//": without user, port and the parts that are filled in at run time.
  void add_authority(std::size_t start) {
    const std::size_t end =
        std::min(text_.find_first_of("/?# \t\r\n\"'`<>()|\\^,;", start), text_.size());
    std::string_view authority = text_.substr(start, end - start);
    if (const auto user = authority.rfind('@'); user != std::string_view::npos)
      authority.remove_prefix(user + 1);
    if (authority.starts_with('[')) {
      add(authority.substr(1, authority.find(']') - 1));
      return;
    }
    if (const auto filled = authority.find_last_of("}%$*+"); filled != std::string_view::npos) {
      authority.remove_prefix(filled + 1);
      if (authority.find('.') == std::string_view::npos) return;
      authority.remove_prefix(authority.find('.'));
    }
    authority = authority.substr(0, authority.find(':'));
    while (!authority.empty() && !is_name(authority.back())) authority.remove_suffix(1);
    add(authority);
  }

  void urls() {
    for (std::size_t i = text_.find(':'); i != std::string_view::npos; i = text_.find(':', i + 1)) {
      std::size_t start = i;
      const auto in_scheme = [](char c) { return is_letter(c) || is_digit(c) || c == '+'; };
      while (start > 0 && in_scheme(text_[start - 1])) --start;
      const std::string scheme = lower_ascii(text_.substr(start, i - start));
      static constexpr auto kWeb =
          std::to_array<std::string_view>({"http", "https", "ws", "wss", "ftp"});
      std::size_t slashes = i + 1;
      while (at(slashes) == '/' || at(slashes) == '\\') ++slashes;
      const std::size_t n = slashes - i - 1;
      const bool web = is_one_of(scheme, kWeb) && n >= 1;
      if (web || (!scheme.empty() && is_letter(scheme[0]) && n == 2 && scheme != "file"))
        add_authority(slashes);
    }
  }

  void relative_urls() {
    constexpr std::size_t kNone = std::string_view::npos;
    for (std::size_t i = text_.find("//"); i != kNone; i = text_.find("//", i + 2)) {
      if (!is_quote(before(i)) && before(i) != '=') continue;
      std::size_t end = i + 2;
      while (is_name(at(end))) ++end;
      const std::string_view name = text_.substr(i + 2, end - i - 2);
      if (name.find('.') != std::string_view::npos) add(name);
    }
  }

  // Whether the line up to here runs a program that connects.
  bool in_command(std::size_t start) const {
    const std::size_t line = text_.rfind('\n', start == 0 ? 0 : start - 1);
    std::size_t i = line == std::string_view::npos ? 0 : line;
    while (i < start) {
      while (i < start && !is_letter(text_[i])) ++i;
      std::size_t end = i;
      while (end < start && is_name(text_[end])) ++end;
      if (end < start && (text_[end] == ' ' || is_quote(text_[end])) &&
          is_one_of(text_.substr(i, end - i), kPrograms))
        return true;
      i = std::max(end, i + 1);
    }
    return false;
  }

  // Dotted names: with a port, as a whole string, behind "user@", or of a command.
  void names() {
    for (std::size_t i = 0; i < text_.size();) {
      if (!is_name(text_[i])) {
        ++i;
        continue;
      }
      std::size_t end = i;
      while (is_name(at(end))) ++end;
      consider(i, end);
      i = end;
    }
  }

  void consider(std::size_t start, std::size_t end) {
    while (end > start && (text_[end - 1] == '.' || text_[end - 1] == '-')) --end;
    const std::string name = lower_ascii(text_.substr(start, end - start));
    const std::size_t dot = name.rfind('.');
    if (name.find("xn--") != std::string::npos) return add(name);
    if (dot == std::string::npos || dot == 0) return;
    if (is_ipv4(name)) {
      const bool whole = before(start) != '_' && at(end) != '_' && before(start) != '/';
      return whole ? add(name) : void();
    }
    const std::string last = name.substr(dot + 1);
    if (last.size() < 2 || !std::ranges::all_of(last, is_letter)) return;
    if (at(end) == ':' && is_digit(at(end + 1))) {
      std::size_t digits = end + 1;
      while (is_digit(at(digits))) ++digits;
      const std::string_view port = text_.substr(end + 1, digits - end - 1);
      const bool line_of_file = is_one_of(last, kFileEndings) && !is_one_of(port, kPorts);
      const bool is_port = port.size() >= 2 && port.size() <= 5 && !line_of_file;
      if (is_port && before(start) != '/') return add(name);
    }
    const bool domain = is_one_of(last, kDomains);
    const bool ends = is_quote(at(end)) || at(end) == '/' || at(end) == ':';
    const bool whole_string = is_quote(before(start)) && ends;
    const bool of_user = before(start) == '@' && at(end) == ':' && domain;
    if ((domain && whole_string) || of_user || (domain && in_command(start))) add(name);
  }

  void addresses() {
    constexpr std::size_t kNone = std::string_view::npos;
    for (std::size_t i = text_.find("::"); i != kNone; i = text_.find("::", i + 2)) {
      std::size_t start = i, end = i;
      while (start > 0 && is_part_of_ipv6(text_[start - 1])) --start;
      while (is_part_of_ipv6(at(end))) ++end;
      const bool framed = is_quote(before(start)) || before(start) == '[';
      const std::string_view address = text_.substr(start, end - start);
      if (framed && is_ipv6(address)) add(address);
    }
  }

  std::string_view text_;
  std::set<std::string> hosts_;
};

}  // namespace

std::set<std::string> hosts_in(std::string_view text) {
  std::set<std::string> all;
  for (const std::string& reading : readings(text)) all.merge(Finder(reading).find());
  return all;
}

bool is_allowed_host(std::string_view host, const std::vector<std::string>& allowed) {
  return std::ranges::any_of(allowed, [&](const std::string& rule) {
    const std::string name = lower_ascii(rule);
    if (name.starts_with("*.")) return host.ends_with(std::string_view(name).substr(1));
    return host == name;
  });
}

}  // namespace triage::publish
