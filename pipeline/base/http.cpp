#include "pipeline/base/http.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "pipeline/base/digest.h"

namespace triage {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

// An address in brackets, else a registered name in ASCII; other scripts come as "xn--…".
bool is_host(std::string_view host, bool bracketed) {
  return !host.empty() && std::ranges::all_of(host, [&](unsigned char c) {
    return bracketed ? std::isxdigit(c) != 0 || c == ':' || c == '.'
                     : std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

void Headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value) {
  std::erase_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
  add(std::move(name), std::move(value));
}

std::string_view Headers::get(std::string_view name) const {
  const auto found =
      std::ranges::find_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
  return found == fields_.end() ? std::string_view{} : std::string_view(found->second);
}

size_t Headers::count(std::string_view name) const {
  return static_cast<size_t>(std::ranges::count_if(
      fields_, [&](const auto& field) { return same_name(field.first, name); }));
}

Result<Url> parse_url(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return invalid_input("not a usable URL: " + std::string(why) +
                         " (expected http://host[:port]/path or https://…)");
  };
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return bad("space or control character");
  }
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return bad("no scheme");
  Url url;
  for (const char c : text.substr(0, scheme_end)) url.scheme += lower(c);
  if (url.scheme != "http" && url.scheme != "https") return bad("scheme is not http or https");
  std::string_view rest = text.substr(scheme_end + 3);
  const size_t authority_end = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, authority_end);
  rest = authority_end == std::string_view::npos ? std::string_view{} : rest.substr(authority_end);
  if (authority.find('@') != std::string_view::npos) return bad("user information is not accepted");
  const size_t host_end =
      authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
  if (authority.starts_with('[') && host_end == 0) return bad("unclosed [");
  url.host = authority.substr(0, host_end);
  const bool bracketed = url.host.starts_with('[');
  if (bracketed) url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty()) return bad("no host");
  if (!is_host(url.host, bracketed)) return bad("the host holds a character that no host has");
  if (host_end != std::string_view::npos && host_end < authority.size()) {
    if (authority[host_end] != ':') return bad("text after ]");
    url.port = authority.substr(host_end + 1);
    if (url.port.empty() || url.port.size() > 5 ||
        !std::ranges::all_of(url.port, [](char c) { return c >= '0' && c <= '9'; }) ||
        std::stoi(url.port) > 65535)
      return bad("port is not a number up to 65535");
  } else {
    url.port = url.scheme == "https" ? "443" : "80";
  }
  url.target = rest.substr(0, rest.find('#'));
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto byte = text.size() >= 3 && text.front() == '%' ? from_hex(text.substr(1, 2))
                                                              : std::nullopt;
    out += byte ? *byte : std::string(1, text.front());
    text.remove_prefix(byte ? 3 : 1);
  }
  return out;
}

}  // namespace triage
