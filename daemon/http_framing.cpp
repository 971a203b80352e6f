#include "daemon/http_framing.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "pipeline/base/ascii.h"

namespace triage::daemon {
namespace {

constexpr size_t kMaxFields = 100;

constexpr std::array<std::string_view, 7> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                                      "PATCH", "DELETE", "OPTIONS"};

// Only these may occur twice. A second signature, host, length, token or delivery id is an attack or
// a broken sender, and which of the two copies counts must never be a matter of the reader.
constexpr std::array<std::string_view, 12> kRepeatable = {
    "accept",    "accept-charset", "accept-encoding", "accept-language",
    "baggage",   "cache-control",  "cookie",          "forwarded",
    "if-match",  "if-none-match",  "via",             "x-forwarded-for"};

constexpr std::array<std::string_view, 4> kOwnFields = {"connection", "content-length",
                                                        "transfer-encoding", "server"};

struct Phrase {
  int status;
  std::string_view text;
};
constexpr std::array<Phrase, 27> kPhrases = {{
    {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
    {302, "Found"}, {303, "See Other"}, {304, "Not Modified"},
    {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
    {405, "Method Not Allowed"}, {408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"},
    {411, "Length Required"}, {413, "Content Too Large"}, {415, "Unsupported Media Type"},
    {417, "Expectation Failed"}, {422, "Unprocessable Content"}, {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
    {501, "Not Implemented"}, {503, "Service Unavailable"}, {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_target(std::string_view text) {
  return text.starts_with('/') &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

bool is_host(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool lists_token(std::string_view list, std::string_view token) {
  for (;;) {
    const size_t comma = list.find(',');
    if (lower_ascii(trim(list.substr(0, comma), " \t")) == token) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

using Verdict = std::optional<Refusal>;

Verdict read_request_line(std::string_view line, RequestHead& head, bool& http10) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Refusal{400, "bad request line"};
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(head.method)) return Refusal{400, "bad method"};
  if (!version.starts_with("HTTP/")) return Refusal{400, "bad request line"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Refusal{505, "HTTP/1.1 only"};
  if (std::ranges::find(kMethods, head.method) == kMethods.end())
    return Refusal{501, "unknown method"};
  if (!is_target(head.target)) return Refusal{400, "the target must be a path in plain ASCII"};
  http10 = version == "HTTP/1.0";
  return std::nullopt;
}

Verdict read_field(std::string_view line, Headers& headers) {
  if (line.starts_with(' ') || line.starts_with('\t')) return Refusal{400, "folded header field"};
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return Refusal{400, "bad header field name"};
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1), " \t");
  if (!is_field_value(value)) return Refusal{400, "control character in a header field"};
  if (headers.size() == kMaxFields) return Refusal{431, "too many header fields"};
  if (headers.count(name) > 0 &&
      std::ranges::find(kRepeatable, lower_ascii(name)) == kRepeatable.end())
    return Refusal{400, "header field given twice: " + lower_ascii(name)};
  headers.add(std::string(name), std::string(value));
  return std::nullopt;
}

Verdict read_length(RequestHead& head, bool http10, std::uint64_t max_body) {
  const bool has_coding = head.headers.count("Transfer-Encoding") > 0;
  const bool has_length = head.headers.count("Content-Length") > 0;
  if (has_coding) {
    if (has_length) return Refusal{400, "both Content-Length and Transfer-Encoding"};
    if (http10) return Refusal{400, "Transfer-Encoding in HTTP/1.0"};
    if (lower_ascii(head.headers.get("Transfer-Encoding")) != "chunked")
      return Refusal{501, "the only Transfer-Encoding accepted is chunked"};
    head.chunked = true;
  }
  if (has_length) {
    const std::string_view text = head.headers.get("Content-Length");
    const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) {
      return c >= '0' && c <= '9';
    });
    if (!digits) return Refusal{400, "Content-Length is not a number"};
    const auto parsed =
        std::from_chars(text.data(), text.data() + text.size(), head.content_length);
    if (parsed.ec != std::errc{} || head.content_length > max_body)
      return Refusal{413, "the body is larger than " + std::to_string(max_body) + " bytes"};
  }
  return std::nullopt;
}

Verdict read_connection(RequestHead& head, bool http10) {
  const Headers& headers = head.headers;
  if (headers.count("Host") != 1 || !is_host(headers.get("Host")))
    return Refusal{400, "exactly one Host is needed"};
  if (headers.count("Upgrade") > 0) return Refusal{400, "no other protocol is spoken here"};
  if (headers.count("Expect") > 0) {
    if (lower_ascii(headers.get("Expect")) != "100-continue")
      return Refusal{417, "unknown expectation"};
    head.expect_continue = !http10;
  }
  const std::string_view connection = headers.get("Connection");
  head.keep_alive =
      http10 ? lists_token(connection, "keep-alive") : !lists_token(connection, "close");
  return std::nullopt;
}

std::string_view phrase(int status) {
  const auto found = std::ranges::find(kPhrases, status, &Phrase::status);
  return found == kPhrases.end() ? std::string_view("Status") : found->text;
}

}  // namespace

std::variant<std::optional<size_t>, Refusal> head_length(std::string_view bytes, size_t max_head) {
  const size_t end = bytes.find("\r\n\r\n");
  const std::string_view head = bytes.substr(0, end);
  for (size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r') return Refusal{400, "line feed without carriage return"};
  }
  if (end == std::string_view::npos) {
    if (bytes.size() >= max_head) return Refusal{431, "the head is too large"};
    return std::optional<size_t>{};
  }
  if (end + 4 > max_head) return Refusal{431, "the head is too large"};
  return std::optional<size_t>{end + 4};
}

std::variant<RequestHead, Refusal> parse_head(std::string_view text, std::uint64_t max_body) {
  RequestHead head;
  bool http10 = false;
  size_t end = text.find("\r\n");
  if (Verdict bad = read_request_line(text.substr(0, end), head, http10)) return *bad;
  for (text.remove_prefix(end + 2); !text.starts_with("\r\n"); text.remove_prefix(end + 2)) {
    end = text.find("\r\n");
    if (end == std::string_view::npos) return Refusal{400, "the head has no end"};
    if (Verdict bad = read_field(text.substr(0, end), head.headers)) return *bad;
  }
  if (Verdict bad = read_connection(head, http10)) return *bad;
  if (Verdict bad = read_length(head, http10, max_body)) return *bad;
  return head;
}

std::string response_head(const HttpResponse& response, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out.append(phrase(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (!is_token(name) || !is_field_value(value)) continue;
    if (std::ranges::find(kOwnFields, lower_ascii(name)) != kOwnFields.end()) continue;
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (response.headers.count("X-Content-Type-Options") == 0)
    out += "X-Content-Type-Options: nosniff\r\n";
  if (response.status != 204 && response.status != 304)
    out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  return out + (keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

}  // namespace triage::daemon
